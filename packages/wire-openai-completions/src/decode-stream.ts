import type { Finish, PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { textOf } from '@sluice/wire/json'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { choiceIndex, maxChoices } from '@sluice/wire-openai-chat/choice-index'
import { decodeUsage } from '@sluice/wire-openai-chat/decode-usage'
import { normalFinishReason } from '@sluice/wire-openai-chat/finish-reason'
import { CompletionReader } from './completion-reader.ts'

export function createPartDecoder({ maxEventBytes }: DecoderOptions): PartDecoder {
  let out: StreamPart[] = []
  const reader = new CompletionReader(maxEventBytes, (_chunk, choices) => {
    for (const choice of choices) {
      const index = choiceIndex(choice)
      const text = textOf(choice['text'])
      if (index === null || text === '') continue
      out.push({ type: 'text', text, ...(index === 0 ? {} : { choice: index }) })
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
      const last = Math.max(0, ...[...reader.choices.keys()].filter((index) => index < maxChoices))
      const others = Array.from({ length: last }, (_, position) => finishOf(reader, position + 1))
      const several = others.length > 0 ? { others } : {}
      return { ok: true, parts: out, finish: finishOf(reader, 0), ...several, usage }
    },
  }
}

function finishOf({ choices }: CompletionReader, index: number): Finish {
  const raw = choices.get(index) ?? ''
  return { reason: normalFinishReason(raw), raw }
}
