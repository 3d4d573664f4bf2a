import { countOrNull, isObject, parseJson } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import { unreadable } from './decode-error.ts'
import { messagesUrl } from './messages-url.ts'

export { parseCountTokensRequest } from './parse-request.ts'

export function countTokensUrl(baseUrl: string): string {
  return `${messagesUrl(baseUrl)}/count_tokens`
}

/** The caller's bytes with the provider's model name; what only a generation has is left out, since counting refuses it. */
export function countTokensRequest(body: Buffer, upstreamModel: string): Buffer {
  const members = scanMembers(body, ['model', 'max_tokens', 'stream'])
  return members.edit({ model: JSON.stringify(upstreamModel), max_tokens: null, stream: null })
}

/** Throws the provider's own error for a reply without a count. */
export function decodeCountTokensReply(body: Buffer): number {
  const reply = parseJson(body.toString())
  const tokens = isObject(reply) ? countOrNull(reply['input_tokens']) : null
  if (tokens === null) throw unreadable(reply, body)
  return tokens
}

export function encodeCountTokensReply(tokens: number): string {
  return JSON.stringify({ input_tokens: tokens })
}
