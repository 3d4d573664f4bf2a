import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { SseFeed } from '@sluice/wire/sse-feed'
import { inlineError } from './decode-error.ts'

/** Events that end a response; only the first two end one that is whole. */
const endings = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
])

/**
 * The events of one stream, up to its end or to what makes it worthless:
 *
 *   reading ── `response.completed`, `response.incomplete` ──► ended
 *   reading ── `response.failed`, `error`, garbage, event too large ──► failed
 *   reading ── the source closes ──► failed (a cut answer never looks whole)
 */
export class StreamReader {
  /** The response as the last event has it; null before that. */
  ending: JsonObject | null = null
  readonly #feed: SseFeed
  readonly #onEvent: (type: string, event: JsonObject, data: string) => void

  /** `onEvent` gets every event but the ones that fail the stream; the terminal one last. */
  constructor(
    maxEventBytes: number,
    onEvent: (type: string, event: JsonObject, data: string) => void,
  ) {
    this.#onEvent = onEvent
    this.#feed = new SseFeed(maxEventBytes, (data, name) => {
      this.#read(data, name)
    })
  }

  get failure(): GenerationError | null {
    return this.#feed.failure
  }

  get done(): boolean {
    return this.ending !== null || this.#feed.failure !== null
  }

  push(chunk: Buffer): void {
    if (!this.done) this.#feed.push(chunk)
  }

  /** The source closed. Gives the last response of a stream that is whole; otherwise `failure` says why not. */
  close(): JsonObject | null {
    if (!this.done) this.#feed.end()
    if (this.#feed.failure === null && this.ending === null) this.#feed.failure = cutShort()
    return this.#feed.failure === null ? this.ending : null
  }

  fail(error: GenerationError): void {
    this.#feed.failure ??= error
  }

  #read(data: string, name: string | undefined): void {
    // Servers that are compatible with chat, too, end with its marker; without a terminal event it says nothing.
    if (this.done || data.trim() === '[DONE]') return
    const event = parseJson(data)
    if (!isObject(event)) {
      this.#feed.failure = generationError(wireErrors.upstream_error)
      return
    }
    const type = stringOrNull(event['type']) ?? name ?? ''
    const response = isObject(event['response']) ? event['response'] : null
    if (type === 'error' || name === 'error')
      this.#feed.failure = inlineError({ ...event, type: 'error' }) ?? nameless()
    else if (type === 'response.failed' || type === 'response.cancelled') {
      this.ending = response
      this.#feed.failure = inlineError(response) ?? nameless()
    } else if (type === '' && event['error']) this.#feed.failure = inlineError(event) ?? nameless()
    else {
      if (endings.has(type)) this.ending = response ?? {}
      this.#onEvent(type, event, data)
    }
  }
}

function nameless(): GenerationError {
  return generationError(wireErrors.upstream_error)
}

function cutShort(): GenerationError {
  const message = 'The provider closed the stream before the answer was complete'
  return generationError(wireErrors.upstream_error, message)
}
