import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { generationError, wireErrors } from '@sluice/wire/errors'
import type { JsonObject } from '@sluice/wire/json'
import { type CallIds, createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { CandidateDecoder } from './candidate-decoder.ts'
import { decodeUsage } from './decode-usage.ts'
import { StreamEvents } from './stream-events.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new GeminiDecoder(options)
}

class GeminiDecoder implements PartDecoder {
  readonly #events: StreamEvents
  readonly #ids: CallIds
  readonly #candidates: CandidateDecoder[] = []
  #out: StreamPart[] = []
  #counted = false

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#ids = createCallIds(requestId)
    this.#events = new StreamEvents(maxEventBytes, ({ candidates, usage }) => {
      if (!this.#counted && !this.#events.isFinished) this.#tellInput(usage)
      for (const { index, parts } of candidates) {
        const candidate = this.#candidate(index)
        for (const part of parts) candidate.read(part)
      }
    })
  }

  /** Only a failure is an end that can be known before the source closes. */
  get done(): boolean {
    return this.#events.failure !== null
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    this.#events.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    const end = this.#events.end()
    const usage = decodeUsage(this.#events.usage)
    if (end.failure) return { ok: false, error: end.failure, usage }
    const finishes = end.finishes.map((finish, index) => this.#candidate(index).end(finish))
    const [first, ...others] = finishes
    if (this.#events.failure || !first)
      return {
        ok: false,
        error: this.#events.failure ?? generationError(wireErrors.upstream_error),
        usage,
      }
    const several = others.length > 0 ? { others } : {}
    return { ok: true, parts: this.#out, finish: first, ...several, usage }
  }

  #candidate(index: number): CandidateDecoder {
    return (this.#candidates[index] ??= new CandidateDecoder(this.#ids, {
      emit: (part) => {
        this.#out.push(index === 0 ? part : { ...part, choice: index })
      },
      brokenCall: () => {
        const text = 'The provider ended a tool call before its arguments were complete'
        this.#events.fail(generationError(wireErrors.upstream_error, text))
      },
    }))
  }

  /** Some dialects say the input before the answer; of the output nothing is known yet. */
  #tellInput(reported: JsonObject | null): void {
    const usage = decodeUsage(reported)
    if (!usage) return
    this.#counted = true
    this.#out.push({ type: 'usage', usage: { ...usage, output_tokens: 0, reasoning_tokens: 0 } })
  }
}
