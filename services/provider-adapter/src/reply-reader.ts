import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Usage } from '@sluice/contracts/usage'
import { GatewayError } from '@sluice/kernel/errors'
import type { Conversion } from '@sluice/wire/translate'
import type { ProviderFormat, ReplyEdits, StreamDecoder } from '@sluice/wire/wire-format'
import { providerAdapterErrors } from './errors.ts'

/** An error body is read up to here: enough for any provider's message. */
const maxErrorBytes = 65_536

/** A whole chat answer, pictures in it included: as large as the largest event of a stream. Other operations may give more. */
const maxChatReplyBytes = 16 * 1024 * 1024

const SPACE = 0x20
const OPEN_BRACE = 0x7b

export interface ReplyOptions {
  readonly format: ProviderFormat
  readonly conversion: Conversion
  readonly edits: ReplyEdits
  readonly isStream: boolean
  readonly isChat: boolean
  readonly maxReplyBytes: number
  readonly maxStreamBytes: number
}

export type ReplyEnd =
  | {
      readonly ok: true
      readonly usage: Usage | null
      readonly outputCharacters: number
      readonly finishReason: string
      /** What is still to be published: the end of a stream, or a whole reply. */
      readonly events: readonly (string | Buffer)[]
      /** Of a plain reply that is not JSON. */
      readonly contentType: string | null
    }
  | {
      readonly ok: false
      readonly error: GatewayError | GenerationError
      readonly usage: Usage | null
    }

/** What a provider answers to one call, in bounded memory: a stream piece by piece, a plain reply or an error whole. */
export class ReplyReader {
  readonly #options: ReplyOptions
  /** Of the provider's answer; 0 = none has begun. */
  status = 0
  #headers: Readonly<Record<string, string>> = {}
  /** Null for what is read whole: a plain reply, an error. */
  #decoder: StreamDecoder | null = null
  #hasBegun = false
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(options: ReplyOptions) {
    this.#options = options
  }

  /** The provider began to answer. One that refused costs nothing. */
  get answered(): boolean {
    return this.status === 200
  }

  /** Nothing that may still come counts: of a stream that has ended, of an error that never ends. */
  get done(): boolean {
    const { answered } = this
    return this.#decoder?.done === true || (!answered && this.#bytes > maxErrorBytes)
  }

  get #maxBytes(): number {
    const { isChat, maxReplyBytes, maxStreamBytes } = this.#options
    if (this.#decoder) return maxStreamBytes
    return isChat ? Math.min(maxReplyBytes, maxChatReplyBytes) : maxReplyBytes
  }

  get outputCharacters(): number {
    return this.#decoder?.outputCharacters ?? 0
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    const { conversion, edits, isStream } = this.#options
    this.status = status
    this.#headers = headers
    if (isStream && status === 200) this.#decoder = conversion.createStreamDecoder(edits)
  }

  /** Events that can be published now. Throws when the reply is larger than it may be. */
  push(chunk: Buffer): readonly string[] {
    if (this.#decoder && !this.#hasBegun) this.#begin(chunk)
    this.#bytes += chunk.length
    if (this.answered && this.#bytes > this.#maxBytes)
      throw new GatewayError(providerAdapterErrors.upstream_reply_too_large)
    if (this.#decoder) return this.#decoder.push(chunk)
    if (this.answered || this.#bytes <= maxErrorBytes) this.#chunks.push(chunk)
    return []
  }

  /** A stream of events never begins with a brace: a provider that does answers with a whole reply, or with an error. */
  #begin(chunk: Buffer): void {
    const first = chunk.find((byte) => byte > SPACE)
    if (first === undefined) return
    this.#hasBegun = true
    if (first === OPEN_BRACE && this.#options.format.framing !== 'ndjson') this.#decoder = null
  }

  /** The provider has said all it will. Throws what a reply cannot be read for. */
  end(): ReplyEnd {
    const { conversion, edits, format, isStream } = this.#options
    if (this.#decoder) return this.#endStream(this.#decoder)
    const [only] = this.#chunks
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    this.#chunks = []
    if (!this.answered)
      return {
        ok: false,
        error: format.decodeError(this.status, this.#headers, body),
        usage: null,
      }
    if (isStream)
      return { ok: true, ...conversion.decodeReplyAsStream(body, edits), contentType: null }
    const reply = conversion.decodeReply(body, edits, this.#headers['content-type'] ?? '')
    const { usage, outputCharacters, finishReason, data } = reply
    const contentType = reply.contentType ?? null
    return { ok: true, usage, outputCharacters, finishReason, events: [data], contentType }
  }

  #endStream(decoder: StreamDecoder): ReplyEnd {
    const end = decoder.end()
    if (!end.ok) return end
    const { outputCharacters } = decoder
    return { ...end, outputCharacters, contentType: null }
  }
}
