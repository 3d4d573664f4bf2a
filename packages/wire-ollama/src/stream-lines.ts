import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import { createNdjsonDecoder } from '@sluice/wire/ndjson-decoder'
import type { FramingDecoder } from '@sluice/wire/sse-decoder'
import { readError } from './decode-error.ts'

/**
 * The lines of one stream up to its end:
 *
 *   reading ── `done: true` ──► whole        reading ── close ──► failed (cut short)
 *   reading ── `{"error"}`, garbage, line too large ──► failed
 */
export class StreamLines {
  /** The line with `done: true`. */
  last: JsonObject | null = null
  failure: GenerationError | null = null
  readonly #lines: FramingDecoder
  readonly #onLine: (line: JsonObject) => void

  /** `onLine` gets the last line, too. */
  constructor(maxEventBytes: number, onLine: (line: JsonObject) => void) {
    this.#onLine = onLine
    this.#lines = createNdjsonDecoder(maxEventBytes, (text) => {
      this.#read(text)
    })
  }

  get done(): boolean {
    return this.last !== null || this.failure !== null
  }

  push(chunk: Buffer): void {
    this.#guard(() => {
      this.#lines.push(chunk)
    })
  }

  /** The end, or what is wrong with it. */
  end(): { last: JsonObject; failure: null } | { last: null; failure: GenerationError } {
    this.#guard(() => {
      this.#lines.end()
    })
    if (this.last && !this.failure) return { last: this.last, failure: null }
    return { last: null, failure: this.failure ?? cutShort() }
  }

  #guard(feed: () => void): void {
    if (this.done) return
    try {
      feed()
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      this.failure = toGenerationError(error)
    }
  }

  #read(text: string): void {
    if (this.done) return
    const line = parseJson(text)
    if (
      !isObject(line) ||
      'error' in line ||
      !(isObject(line['message']) || line['done'] === true)
    ) {
      this.failure = generationError(wireErrors.upstream_error, readError(line) ?? undefined)
      return
    }
    if (line['done'] === true) this.last = line
    this.#onLine(line)
  }
}

function cutShort(): GenerationError {
  const message = 'The provider closed the stream before the answer was complete'
  return generationError(wireErrors.upstream_error, message)
}
