import type { Route } from '@sluice/contracts/http/route'
import { GatewayError } from '@sluice/kernel/errors'
import { describeIssue } from '@sluice/wire/describe-issue'
import { formatPath } from '@sluice/wire/read-body'
import { z } from 'zod'
import { managementErrors } from './errors.ts'
import { findUnstorable } from './storable.ts'

export interface Input {
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
  /** Null = none was sent. */
  readonly body: unknown
}

/** What the row does not name is refused: a parameter that was misspelt must not be taken for one that was left out. */
const nothing = z.strictObject({})

/** The input as the row types it. Throws a 400 whose `param` is the member at fault (`limits.requests_per_minute`). */
export function checkInput(
  { params = nothing, query = nothing, body }: Pick<Route, 'params' | 'query' | 'body'>,
  input: Input,
) {
  for (const part of [input.params, input.query, input.body]) {
    const path = findUnstorable(part)
    if (path) {
      const param = formatPath(path) ?? undefined
      const message = `Invalid value for '${param ?? 'body'}': it holds what is no text`
      throw new GatewayError(managementErrors.invalid_request, message, { param })
    }
  }
  return {
    params: check(params, input.params, 'The address'),
    query: check(query, input.query ?? {}, 'The query'),
    // Clients that always send a body send an empty object.
    body: body
      ? check(body, input.body, 'The request body')
      : check(nothing, input.body ?? {}, 'The request body'),
  }
}

function check(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const type = 'invalid_request_error'
  if (!issue) throw new GatewayError(managementErrors.invalid_request, what, { type })
  const { param, message } = describe(issue, value, what)
  throw new GatewayError(managementErrors.invalid_request, message, { type, param })
}

function describe(
  issue: z.core.$ZodIssue,
  value: unknown,
  what: string,
): { param?: string | undefined; message: string } {
  const { path, problem, missing } = describeIssue(issue, value)
  if (issue.code === 'unrecognized_keys') {
    const param = formatPath([...path, issue.keys[0] ?? '']) ?? undefined
    return { param, message: `${what} has an unknown member: '${param ?? ''}'` }
  }
  const param = formatPath(path) ?? undefined
  if (param === undefined) return { message: `${what} is not valid: ${problem}` }
  if (missing) return { param, message: `Missing required parameter: '${param}'` }
  return { param, message: `Invalid value for '${param}': ${problem}` }
}
