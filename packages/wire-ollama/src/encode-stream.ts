import type { Usage } from '@sluice/contracts/usage'
import { createCallCollector } from '@sluice/wire/call-collector'
import type { Finish, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import type { JsonObject } from '@sluice/wire/json'
import { isOfAnother } from '@sluice/wire/stream-parts'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { lineHead } from './encode-reply.ts'
import { encodeUsage } from './encode-usage.ts'
import { encodeFinish } from './finish-reason.ts'
import { encodeToolCall } from './tools.ts'

/** Text and thoughts as they come; calls whole, before the last line. */
export function createPartEncoder(edits: ReplyEdits): PartEncoder {
  const head = lineHead(edits)
  const collector = createCallCollector()
  const line = (message: JsonObject) =>
    JSON.stringify({
      ...head,
      message: { role: 'assistant', content: '', ...message },
      done: false,
    })

  const encodePart = (part: StreamPart): string[] => {
    if (isOfAnother(part) || collector.take(part)) return []
    switch (part.type) {
      case 'text':
      case 'refusal':
        return [line({ content: part.text })]
      case 'reasoning':
        return [line({ thinking: part.text })]
      case 'reasoning-signature':
      case 'tool-call':
      case 'tool-arguments':
      case 'usage':
        return []
    }
  }

  return {
    encode: (parts) => parts.flatMap(encodePart),
    end({ reason }: Finish, usage: Usage | null) {
      const calls = collector.calls().flatMap((call) => encodeToolCall(call) ?? [])
      const last = {
        ...head,
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: encodeFinish(reason),
        ...encodeUsage(usage),
      }
      return [...(calls.length > 0 ? [line({ tool_calls: calls })] : []), JSON.stringify(last)]
    },
  }
}
