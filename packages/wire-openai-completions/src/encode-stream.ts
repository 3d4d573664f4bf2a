import type { Usage } from '@sluice/contracts/usage'
import type { Finish, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeUsage } from '@sluice/wire-openai-chat/encode-usage'
import { endMarker } from '@sluice/wire-openai-chat/stream-events'
import { echoOf } from './decode-request.ts'
import { choice, envelopeOf } from './encode-reply.ts'

export function createPartEncoder(edits: ReplyEdits): PartEncoder {
  return new OpenAiCompletionsEncoder(edits)
}

/** Text as it comes, the prompt before it where it is wished for; then the finish reason, usage when it was asked for, `[DONE]`. */
class OpenAiCompletionsEncoder implements PartEncoder {
  readonly #edits: ReplyEdits
  readonly #echo: string
  /** The choices that have begun. */
  readonly #begun = new Set<number>()

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#echo = echoOf(edits.request)
  }

  encode(parts: readonly StreamPart[]): string[] {
    const chunks: string[] = []
    for (const part of parts) {
      if (part.type !== 'text') continue
      const index = part.choice ?? 0
      this.#begin(index, chunks)
      chunks.push(this.#chunk([choice(index, part.text, null)]))
    }
    return chunks
  }

  end(finish: Finish, usage: Usage | null, others: readonly Finish[] = []): string[] {
    const chunks: string[] = []
    for (const [index, { reason }] of [finish, ...others].entries()) {
      this.#begin(index, chunks)
      chunks.push(this.#chunk([choice(index, '', reason)]))
    }
    if (this.#edits.includeUsage && usage) {
      chunks.push(this.#chunk([], { usage: encodeUsage(usage) }))
    }
    chunks.push(endMarker)
    return chunks
  }

  #begin(index: number, chunks: string[]): void {
    if (this.#echo === '' || this.#begun.has(index)) return
    this.#begun.add(index)
    chunks.push(this.#chunk([choice(index, this.#echo, null)]))
  }

  #chunk(choices: readonly object[], more: object = {}): string {
    return JSON.stringify({ ...envelopeOf(this.#edits), choices, ...more })
  }
}
