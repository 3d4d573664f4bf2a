import type { Usage } from '@sluice/contracts/usage'
import { createCallCollector } from '@sluice/wire/call-collector'
import type { Finish, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import type { JsonObject } from '@sluice/wire/json'
import { isOfAnother } from '@sluice/wire/stream-parts'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeCall } from './encode-reply.ts'
import { encodeUsage } from './encode-usage.ts'
import { encodeFinish } from './finish-reason.ts'

/** Text and thoughts as they come; calls whole, in the last event but one; the finish reason and usage in the last. */
export function createPartEncoder({ model, requestId }: ReplyEdits): PartEncoder {
  const named = { modelVersion: model, responseId: requestId }
  const collector = createCallCollector()
  const event = (parts: readonly JsonObject[], last: JsonObject = {}, usage: JsonObject = {}) =>
    JSON.stringify({
      candidates: [{ content: { role: 'model', parts }, ...last, index: 0 }],
      ...usage,
      ...named,
    })

  const encodePart = (part: StreamPart): string[] => {
    if (isOfAnother(part) || collector.take(part)) return []
    switch (part.type) {
      case 'text':
      case 'refusal':
        return [event([{ text: part.text }])]
      case 'reasoning':
        return [event([{ text: part.text, thought: true }])]
      case 'reasoning-signature':
        if (part.origin !== 'gemini' || part.signature === undefined) return []
        return [event([{ text: '', thoughtSignature: part.signature }])]
      case 'tool-call':
      case 'tool-arguments':
      case 'usage':
        return []
    }
  }

  return {
    encode: (parts) => parts.flatMap(encodePart),
    end({ reason }: Finish, usage: Usage | null) {
      const calls = collector.calls().flatMap((call) => encodeCall(call))
      const last = event([{ text: '' }], { finishReason: encodeFinish(reason) }, encodeUsage(usage))
      return [...(calls.length > 0 ? [event(calls)] : []), last]
    },
  }
}
