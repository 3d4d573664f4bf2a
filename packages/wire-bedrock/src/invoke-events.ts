import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { isObject, parseJson } from '@sluice/wire/json'
import { EventFrames } from './event-frames.ts'

/** The events of an invoke stream, each in base64 in a frame, as the bytes of Anthropic's own stream. */
export class InvokeEvents {
  readonly #frames: EventFrames
  readonly #onBytes: (sse: Buffer) => void

  constructor(maxEventBytes: number, onBytes: (sse: Buffer) => void) {
    this.#onBytes = onBytes
    // Base64 makes four bytes of three, and the frame has headers.
    this.#frames = new EventFrames(Math.ceil(maxEventBytes * 1.5) + 1_024, (type, payload) => {
      if (type === 'chunk') this.#onChunk(parseJson(payload.toString()))
    })
  }

  get failure(): GenerationError | null {
    return this.#frames.failure
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk)
  }

  end(): void {
    this.#frames.end()
  }

  #onChunk(value: unknown): void {
    const bytes = isObject(value) ? value['bytes'] : undefined
    if (typeof bytes !== 'string') return
    // JSON has no raw line break: the event is one line.
    const event = Buffer.from(bytes, 'base64')
      .toString()
      .replaceAll(/[\r\n]/g, ' ')
    this.#onBytes(Buffer.from(`data: ${event}\n\n`))
  }
}
