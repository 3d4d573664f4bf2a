import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { SseFeed } from '@sluice/wire/sse-feed'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { blockCharacters, deltaCharacters } from './block-characters.ts'
import { decodeUsage, mergeUsage } from './decode-usage.ts'
import { lengthOf, readDelta } from './delta-event.ts'
import { encodeUsage } from './encode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { cutShort, endMarker, readEvent, usageOfCut } from './stream-events.ts'

const messageStop = '{"type":"message_stop"}'

export function createPassThrough(edits: ReplyEdits): StreamDecoder {
  return new AnthropicPassThrough(edits)
}

/**
 * Passes a stream on, event by event, each as it came but for the first, which names the model:
 *
 *   waiting ── `message_start` ──► publishing ── stop reason ──► holding ── `message_stop`, close ──► whole
 *   any ── error event, garbage, event too large ──► failed
 *   waiting, publishing ── `message_stop`, close ──► failed (a cut answer never looks whole)
 *
 * What is between the stop reason and the end is held back, and given with the end.
 */
class AnthropicPassThrough implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #feed: SseFeed
  #out: string[] = []
  #held: string[] = []
  #heldLength = 0
  #started = false
  #stopReason: string | null = null
  #stopped = false
  #usage: JsonObject | null = null

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#feed = new SseFeed(edits.maxEventBytes, (data, event) => {
      this.#onEvent(data, event)
    })
  }

  get done(): boolean {
    return this.#stopped || this.#feed.failure !== null
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    if (!this.done) this.#feed.push(chunk)
    return this.#out
  }

  end(): StreamEnd {
    this.#out = []
    if (!this.done) this.#feed.end()
    const { outputCharacters } = this
    const stopReason = this.#stopReason
    const error = this.#feed.failure ?? (stopReason === null ? cutShort() : null)
    if (error || stopReason === null) {
      const usage = usageOfCut(this.#usage, stopReason !== null, outputCharacters)
      return { ok: false, error: error ?? cutShort(), usage }
    }
    const events = [...this.#out, ...this.#held]
    if (!this.#stopped) events.push(messageStop)
    const { reason } = decodeFinish(stopReason, null)
    return { ok: true, events, finishReason: reason, usage: decodeUsage(this.#usage) }
  }

  #onEvent(data: string, name: string | undefined): void {
    if (this.done) return
    const delta = this.#started && name !== 'error' ? readDelta(data) : null
    if (delta) {
      this.outputCharacters += lengthOf(delta)
      this.#emit(data)
    } else if (data.trim() !== endMarker) this.#readEvent(data, name)
    else if (this.#stopReason === null) this.#feed.failure = cutShort()
  }

  #readEvent(data: string, name: string | undefined): void {
    const event = readEvent(data, name)
    if (event.error) {
      this.#feed.failure = event.error
      return
    }
    const { type, value } = event
    if (type === 'message_start') {
      this.#start(value)
      return
    }
    if (!this.#started && type !== 'ping') {
      this.#feed.failure = generationError(wireErrors.upstream_error)
      return
    }
    if (type === 'content_block_start') {
      this.outputCharacters += blockCharacters(value['content_block'])
    } else if (type === 'content_block_delta') {
      this.outputCharacters += deltaCharacters(value['delta'])
    } else if (type === 'message_delta') {
      this.#onMessageDelta(value)
      // Clients break on a delta without counts.
      if (!isObject(value['usage'])) {
        this.#emit(JSON.stringify({ ...value, usage: this.#completeUsage() }))
        return
      }
    } else if (type === 'message_stop') {
      if (this.#stopReason === null) {
        this.#feed.failure = cutShort()
        return
      }
      this.#stopped = true
    }
    // Data of several lines is one line in the log.
    const isPlain = value['type'] === type && !data.includes('\n')
    this.#emit(isPlain ? data : JSON.stringify({ type, ...value }))
  }

  /** One only, with the model as the caller knows it and every count that clients read (T45). */
  #start(value: JsonObject): void {
    if (this.#started) return
    this.#started = true
    const message = isObject(value['message']) ? value['message'] : {}
    this.#usage = mergeUsage(null, message['usage'])
    // An answer that goes on after the provider's own tools may have its end in its first event.
    this.#stopReason = stringOrNull(message['stop_reason'])
    const { model } = this.#edits
    const usage = this.#completeUsage()
    this.#emit(
      JSON.stringify({ ...value, type: 'message_start', message: { ...message, model, usage } }),
    )
  }

  #onMessageDelta({ delta, usage }: JsonObject): void {
    this.#usage = mergeUsage(this.#usage, usage)
    const reason = isObject(delta) ? stringOrNull(delta['stop_reason']) : null
    this.#stopReason ??= reason
  }

  #completeUsage(): JsonObject {
    return { ...encodeUsage(null), ...this.#usage }
  }

  #emit(payload: string): void {
    if (this.#stopReason === null) {
      this.#out.push(payload)
      return
    }
    this.#held.push(payload)
    this.#heldLength += payload.length
    if (this.#heldLength > this.#edits.maxEventBytes) {
      this.#feed.failure = generationError(wireErrors.wire_event_too_large)
    }
  }
}
