import type { IncomingMessage } from 'node:http'
import type { EntryHead } from '@sluice/contracts/generation/log-entry'
import type { IngressContext } from '../context.ts'
import type { Call } from './call.ts'
import { limitHeaders } from './limit-headers.ts'

/** On every answer: nothing here is ever to be sniffed or framed. */
export const securityHeaders = Object.freeze({
  'x-content-type-options': 'nosniff',
  'content-security-policy': "frame-ancestors 'none'",
})

/** Two years, as the preload lists want it. Never sent over plain HTTP, where it would be ignored or, behind a wrong proxy, lock clients out. */
export const strictTransport = 'max-age=63072000; includeSubDomains'

export function isTls(request: IncomingMessage): boolean {
  return 'encrypted' in request.socket && request.socket.encrypted === true
}

/** What web pages of other origins may read of an answer. */
export const exposedHeaders = [
  'x-request-id',
  'request-id',
  'x-client-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-backend-used',
  'x-model-used',
  'x-router-reason',
  'x-gateway-adapted',
  'x-gateway-estimated',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'ratelimit-policy',
].join(', ')

type Headers = Record<string, string | number>

/** The headers of an answer to an inference call: who answers, under which id, and why that one. */
export function callHeaders(
  call: Call,
  { config, clock }: Pick<IngressContext, 'config' | 'clock'>,
  own: Headers,
): Headers {
  const headers: Headers = {
    ...own,
    ...securityHeaders,
    // OpenAI's SDKs read the first, Anthropic's the second.
    'x-request-id': call.id,
    'request-id': call.id,
  }
  if (config.publicTls || isTls(call.request))
    headers['strict-transport-security'] = strictTransport
  if (call.clientRequestId !== null) headers['x-client-request-id'] = call.clientRequestId
  if (call.quota !== null) Object.assign(headers, limitHeaders(call.quota, clock.now()))
  if (call.head !== null) addRouting(headers, call.head, call.adapted)
  return headers
}

function addRouting(headers: Headers, head: EntryHead, adaptedHere: readonly string[]): void {
  headers['x-backend-used'] = visible(head.provider)
  headers['x-model-used'] = visible(head.model)
  headers['x-router-reason'] = visible(head.reason)
  if (head.adapted.length + adaptedHere.length > 0) {
    const adapted = new Set([...adaptedHere, ...head.adapted])
    headers['x-gateway-adapted'] = visible([...adapted].join(', '))
  }
}

const notVisible = /[^\x20-\x7e]/g

/** Names in the catalogue are people's: what HTTP does not carry in a header is shown as `?`. */
function visible(text: string): string {
  return text.replace(notVisible, '?')
}
