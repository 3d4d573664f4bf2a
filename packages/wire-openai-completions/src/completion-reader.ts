import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { boundOpenParts } from '@sluice/wire/bounds'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { SseFeed } from '@sluice/wire/sse-feed'
import { decodeInlineError } from '@sluice/wire-openai-chat/decode-error'
import { isErrorFinish } from '@sluice/wire-openai-chat/finish-reason'
import { cutShort, endMarker, errorIn } from '@sluice/wire-openai-chat/stream-events'

/** One choice of a chunk, of which every member may be missing. */
export interface Choice extends JsonObject {
  index: number
}

/** Reads the chunks of a stream, whoever they are for: what is an error, which choices have ended, what was counted. */
export class CompletionReader {
  usage: JsonObject | null = null
  /** Finish reason by choice; null while it runs. */
  readonly choices = new Map<number, string | null>()
  readonly #feed: SseFeed
  readonly #onChunk: (chunk: JsonObject, choices: readonly Choice[]) => void
  #ended = false

  constructor(
    maxEventBytes: number,
    onChunk: (chunk: JsonObject, choices: readonly Choice[]) => void,
  ) {
    this.#onChunk = onChunk
    this.#feed = new SseFeed(maxEventBytes, (data, event) => {
      this.#onEvent(data, event)
    })
  }

  get done(): boolean {
    return this.#ended || this.#feed.failure !== null
  }

  /** Every choice seen so far has ended. */
  get isComplete(): boolean {
    return this.choices.size > 0 && [...this.choices.values()].every((reason) => reason !== null)
  }

  push(chunk: Buffer): void {
    if (!this.done) this.#feed.push(chunk)
  }

  /** Why the stream was not whole; null = it was. */
  end(): GenerationError | null {
    if (!this.done) this.#feed.end()
    return this.#feed.failure ?? (this.isComplete ? null : cutShort())
  }

  fail(error: GenerationError): void {
    this.#feed.failure ??= error
  }

  #onEvent(data: string, event: string | undefined): void {
    if (this.done) return
    if (data.trim() === endMarker) {
      this.#ended = true
      return
    }
    const chunk = parseJson(data)
    const error = errorIn(chunk, event)
    if (error || !isObject(chunk)) {
      this.#feed.failure = error
        ? decodeInlineError(error)
        : generationError(wireErrors.upstream_error)
      return
    }
    if (isObject(chunk['usage'])) this.usage = chunk['usage']
    const { choices } = chunk
    const read = (Array.isArray(choices) ? choices.filter((each) => isObject(each)) : []).map(
      (choice, position): Choice => ({
        ...choice,
        index: typeof choice['index'] === 'number' ? choice['index'] : position,
      }),
    )
    for (const choice of read) {
      const finish = stringOrNull(choice['finish_reason'])
      if (finish !== null && isErrorFinish(finish)) {
        this.#feed.failure = generationError(wireErrors.upstream_error)
        return
      }
      this.choices.set(choice.index, finish ?? this.choices.get(choice.index) ?? null)
      boundOpenParts(this.choices.size)
    }
    this.#onChunk(chunk, read)
  }
}
