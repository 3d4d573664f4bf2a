import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { readError } from './decode-error.ts'

/** The error of a 200 that holds no answer. The definition's title carries the text: it is what callers see of a 5xx. */
export function unreadable(reply: unknown): GatewayError {
  const title = readError(reply) ?? wireErrors.upstream_error.title
  return new GatewayError({ ...wireErrors.upstream_error, title })
}
