import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { textOf } from '@sluice/wire/json'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeUsage } from '@sluice/wire-openai-chat/decode-usage'
import { normalFinishReason } from '@sluice/wire-openai-chat/finish-reason'
import { CompletionReader } from './completion-reader.ts'

/** The text of the first choice. */
export function createPartDecoder({ maxEventBytes }: DecoderOptions): PartDecoder {
  let out: StreamPart[] = []
  const reader = new CompletionReader(maxEventBytes, (_chunk, choices) => {
    for (const { index, text } of choices) {
      if (index === 0 && textOf(text) !== '') out.push({ type: 'text', text: textOf(text) })
    }
  })
  return {
    get done() {
      return reader.done
    },
    push(chunk) {
      out = []
      reader.push(chunk)
      return out
    },
    end(): PartsEnd {
      out = []
      const error = reader.end()
      const usage = decodeUsage(reader.usage)
      if (error) return { ok: false, error, usage }
      const raw = reader.choices.get(0) ?? ''
      return { ok: true, parts: out, finish: { reason: normalFinishReason(raw), raw }, usage }
    },
  }
}
