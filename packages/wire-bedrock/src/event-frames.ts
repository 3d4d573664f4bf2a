import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { generationError, wireErrors } from '@sluice/wire/errors'
import type { FramingDecoder } from '@sluice/wire/sse-decoder'
import { exceptionIn } from './decode-error.ts'
import { createFrameDecoder } from './frame-decoder.ts'

/** The events of one stream, up to its first failure: an exception frame, a damaged frame, one that is too large. */
export class EventFrames {
  failure: GenerationError | null = null
  readonly #frames: FramingDecoder

  constructor(maxEventBytes: number, onEvent: (type: string, payload: Buffer) => void) {
    this.#frames = createFrameDecoder(maxEventBytes, (frame) => {
      if (this.failure) return
      this.failure = exceptionIn(frame)
      if (!this.failure) onEvent(frame.headers.get(':event-type') ?? '', frame.payload)
    })
  }

  push(chunk: Buffer): void {
    this.#guard(() => {
      this.#frames.push(chunk)
    })
  }

  end(): void {
    this.#guard(() => {
      this.#frames.end()
    })
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
}

export function cutShort(): GenerationError {
  const message = 'The provider closed the stream before the answer was complete'
  return generationError(wireErrors.upstream_error, message)
}
