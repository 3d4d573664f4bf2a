import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { createSseDecoder, type FramingDecoder } from './sse-decoder.ts'

/** The bytes of one SSE stream, for decoders that never throw: what goes wrong is kept for their end. The owner feeds it until it is done. */
export class SseFeed {
  /** Why nothing that may still come counts; null = nothing has gone wrong. */
  failure: GenerationError | null = null
  readonly #events: FramingDecoder

  constructor(maxEventBytes: number, onEvent: (data: string, event: string | undefined) => void) {
    this.#events = createSseDecoder(maxEventBytes, onEvent)
  }

  push(chunk: Buffer): void {
    try {
      this.#events.push(chunk)
    } catch (error) {
      this.#keep(error)
    }
  }

  end(): void {
    try {
      this.#events.end()
    } catch (error) {
      this.#keep(error)
    }
  }

  #keep(error: unknown): void {
    if (!GatewayError.is(error)) throw error
    this.failure = toGenerationError(error)
  }
}
