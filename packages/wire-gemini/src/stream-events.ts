import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { parseJson } from '@sluice/wire/json'
import { createSseDecoder, type FramingDecoder } from '@sluice/wire/sse-decoder'
import type { JsonObject } from '@sluice/wire/json'
import { type Answer, isAnswer, readAnswer } from './answer.ts'
import { createJsonSequenceDecoder } from './json-sequence.ts'

/**
 * The events of one stream, in either framing. The answer is over when the source closes: the finish reason may be followed by usage.
 *
 *   reading ── finish reason of every candidate seen so far ──► finished ── close ──► whole
 *   reading ── close ──► failed (cut short)      either ── error, garbage, event too large ──► failed
 */
export class StreamEvents {
  /** Google's word for the end of each candidate; null while that one goes on. */
  readonly #finishes: (string | null)[] = []
  /** The last one counts: each is a running total (T51). */
  usage: JsonObject | null = null
  failure: GenerationError | null = null
  #framing: FramingDecoder | null = null
  readonly #maxEventBytes: number
  readonly #onAnswer: (answer: Answer, event: JsonObject) => void

  constructor(maxEventBytes: number, onAnswer: (answer: Answer, event: JsonObject) => void) {
    this.#maxEventBytes = maxEventBytes
    this.#onAnswer = onAnswer
  }

  push(chunk: Buffer): void {
    this.#guard(() => {
      this.#framingOf(chunk)?.push(chunk)
    })
  }

  /** Every candidate seen so far has ended. */
  get isFinished(): boolean {
    return this.#finishes.length > 0 && !Array.from(this.#finishes).some((each) => each == null)
  }

  /** The finish reasons by candidate, at least one; or what is wrong with the stream. */
  end(): { finishes: readonly string[]; failure: null } | { failure: GenerationError } {
    this.#guard(() => {
      this.#framing?.end()
    })
    if (this.failure || !this.isFinished) return { failure: this.failure ?? cutShort() }
    return { finishes: this.#finishes.filter((each) => each !== null), failure: null }
  }

  fail(error: GenerationError): void {
    this.failure ??= error
  }

  /** The first byte that is no space tells; null while there is none. */
  #framingOf(chunk: Buffer): FramingDecoder | null {
    if (this.#framing) return this.#framing
    const first = chunk.find((byte) => byte > 0x20)
    if (first === undefined) return null
    const create = first === 0x5b || first === 0x7b ? createJsonSequenceDecoder : createSseDecoder
    this.#framing = create(this.#maxEventBytes, (data) => {
      this.#read(data)
    })
    return this.#framing
  }

  #guard(feed: () => void): void {
    if (this.failure) return
    try {
      feed()
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      this.failure = toGenerationError(error)
    }
  }

  #read(data: string): void {
    if (this.failure || data.trim() === '[DONE]') return
    const event = parseJson(data)
    const answer = readAnswer(event)
    if (!isAnswer(answer)) {
      this.failure = answer
      return
    }
    this.usage = answer.usage ?? this.usage
    for (const { index, finish } of answer.candidates)
      this.#finishes[index] = finish ?? this.#finishes[index] ?? null
    this.#onAnswer(answer, event as JsonObject)
  }
}

function cutShort(): GenerationError {
  const message = 'The provider closed the stream before the answer was complete'
  return generationError(wireErrors.upstream_error, message)
}
