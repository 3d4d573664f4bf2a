import { GatewayError } from '@sluice/kernel/errors'
import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { inlineError } from './decode-error.ts'
import { decodeSaid } from './decode-input.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { decodeReasoning } from './reasoning-item.ts'
import { textOf } from './text-of.ts'

export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const response = readResponse(body)
  const content = decodeOutput(response['output'], requestId)
  const finish = decodeFinish(
    response,
    content.some(({ type }) => type === 'tool-call'),
  )
  if (!finish) throw unreadable(response)
  return { content, finish, usage: decodeUsage(response['usage']) }
}

/** The response of a 200 that holds one. */
export function readResponse(body: Buffer): JsonObject {
  const response = parseJson(body.toString())
  if (!isObject(response) || !Array.isArray(response['output'])) throw unreadable(response)
  return response
}

/** The items that another wire can show. */
export function decodeOutput(output: unknown, requestId: string): AssistantPart[] {
  const ids = createCallIds(requestId)
  return (Array.isArray(output) ? (output as unknown[]) : []).flatMap((item): AssistantPart[] => {
    if (!isObject(item)) return []
    switch (item['type']) {
      case 'message':
        return decodeOutputText(item['content'])
      case 'reasoning':
        return [decodeReasoning(item)]
      case 'function_call': {
        const { name, arguments: json } = item
        const id = ids.next(stringOrNull(item['call_id']))
        return [{ type: 'tool-call', id, name: textOf(name), arguments: textOf(json) }]
      }
      default:
        return []
    }
  })
}

/** Parts of an answer that no other wire knows are left out: nobody sent them. */
function decodeOutputText(content: unknown): AssistantPart[] {
  const parts = Array.isArray(content) ? (content as unknown[]) : []
  const known = parts.filter(
    (part) => isObject(part) && (part['type'] === 'output_text' || part['type'] === 'refusal'),
  )
  return decodeSaid(known, [])
}

/** The error of a 200 that holds no whole answer: the provider's own, when it names one. */
export function unreadable(response: unknown): GatewayError {
  const error = inlineError(response)
  if (!error) return new GatewayError(wireErrors.upstream_error)
  const { code, status, retryable, message, type, param } = error
  const definition = { code, status, retryable, title: message }
  return new GatewayError(definition, message, { type, param: param ?? undefined })
}
