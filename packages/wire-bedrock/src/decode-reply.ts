import { GatewayError } from '@sluice/kernel/errors'
import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish, isErrorFinish } from './finish-reason.ts'

export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const reply = parseJson(body.toString())
  const output = isObject(reply) && isObject(reply['output']) ? reply['output'] : {}
  const { message } = output
  if (!isObject(reply) || !isObject(message) || !Array.isArray(message['content'])) {
    throw new GatewayError(wireErrors.upstream_error)
  }
  const raw = stringOrNull(reply['stopReason']) ?? 'end_turn'
  if (isErrorFinish(raw)) throw new GatewayError(wireErrors.upstream_error)
  const ids = createCallIds(requestId)
  const content = (message['content'] as unknown[]).flatMap((block) =>
    isObject(block) ? decodeBlock(block, ids) : [],
  )
  const called = content.some(({ type }) => type === 'tool-call')
  return { content, finish: decodeFinish(raw, called), usage: decodeUsage(reply['usage']) }
}

function decodeBlock(block: JsonObject, ids: ReturnType<typeof createCallIds>): AssistantPart[] {
  const { text, toolUse, reasoningContent: reasoning } = block
  if (typeof text === 'string') return text === '' ? [] : [{ type: 'text', text }]
  if (isObject(reasoning)) return decodeReasoning(reasoning)
  if (!isObject(toolUse)) return []
  const { name, toolUseId, input } = toolUse
  if (typeof name !== 'string') return []
  return [
    {
      type: 'tool-call',
      id: ids.next(stringOrNull(toolUseId)),
      name,
      arguments: isObject(input) ? JSON.stringify(input) : '{}',
    },
  ]
}

function decodeReasoning({ reasoningText, redactedContent }: JsonObject): AssistantPart[] {
  if (typeof redactedContent === 'string') {
    return [{ type: 'reasoning', text: '', redacted: redactedContent, origin: 'bedrock-converse' }]
  }
  if (!isObject(reasoningText)) return []
  const { text, signature } = reasoningText
  const signed =
    typeof signature === 'string' ? { signature, origin: 'anthropic-messages' as const } : {}
  return [{ type: 'reasoning', text: typeof text === 'string' ? text : '', ...signed }]
}
