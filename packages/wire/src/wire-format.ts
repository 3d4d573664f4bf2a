import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Usage } from '@sluice/contracts/usage'
import type { WireName } from '@sluice/contracts/wire-name'

/**
 * One wire format as the provider-adapter uses it. A call whose dialect equals the provider's is passed through (bytes in, payloads
 * out, with the few edits named in `RequestEdits` / `ReplyEdits`); any other is translated.
 *
 * Every method is pure but for the decoder's own state, and throws nothing but the errors of `wireErrors` (as `GatewayError`).
 */
export interface WireFormat {
  readonly name: WireName
  /** Path below the provider's base URL: `chat/completions`. */
  readonly chatPath: string
  /** The whole address of a chat call, from a base URL in any form the vendor's own SDK takes. */
  chatUrl(baseUrl: string): string
  /** How the stream is framed on the wire. */
  readonly framing: 'sse' | 'ndjson'

  /** The request body for a provider of this format, from a caller's body in `from`. */
  encodeRequest(body: Buffer, from: WireName, edits: RequestEdits): EncodedRequest
  /** A plain (not streamed) reply of a provider of this format, turned into the dialect `to`. */
  decodeReply(body: Buffer, to: WireName, edits: ReplyEdits): DecodedReply
  /** A decoder for one stream of a provider of this format, emitting event payloads of the dialect `to`. */
  createStreamDecoder(to: WireName, edits: ReplyEdits): StreamDecoder
  /** A non-200 reply, mapped once (wire-formats: errors). `retryAfterMs` comes from the headers. */
  decodeError(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): GenerationError
}

export interface RequestEdits {
  readonly upstreamModel: string
  readonly stream: boolean
  /** Cap on the answer's length that an alias sets, tokens. */
  readonly maxTokens: number | null
}

export interface EncodedRequest {
  readonly body: Buffer
  /** Parameters that were dropped, renamed or capped for this target. */
  readonly adapted: readonly string[]
}

export interface ReplyEdits {
  /** The model name as the caller asked for it: what the reply names. */
  readonly model: string
  /** The caller asked for the usage chunk. */
  readonly includeUsage: boolean
  /** For dialects that must make an id: the generation's. */
  readonly requestId: string
  /** Unix seconds, for dialects that must make one. */
  readonly created: number
  /** Largest stream event accepted, bytes. */
  readonly maxEventBytes: number
}

export interface DecodedReply {
  readonly data: Buffer
  readonly finishReason: string
  /** Null when the provider reported none. */
  readonly usage: Usage | null
  /** Characters of answer text and tool arguments: what an estimate is made from. */
  readonly outputCharacters: number
}

/**
 * Feeds on raw bytes as they come off the socket (cut anywhere) and gives payloads in order. The event that carries the finish reason, and
 * everything after it, is held back until `end`: a crash between the two must not show a finished answer without its terminal entry.
 */
export interface StreamDecoder {
  /** Payloads that can be published now, each one JSON text without a raw newline. May be empty. Never throws: a failure is told by `end`. */
  push(chunk: Buffer): readonly string[]
  /**
   * The end marker or an error has been seen: nothing that may still come counts. `end` can be called now, and the upstream be left
   * (a short wait for its own close lets the connection be used again).
   */
  readonly done: boolean
  /** The upstream closed. Says whether the stream was whole, and gives what was held back. */
  end(): StreamEnd
  /** Characters of answer text and tool arguments seen so far. */
  readonly outputCharacters: number
}

export type StreamEnd =
  | {
      readonly ok: true
      /** Final payloads: finish reason, usage if asked for, end marker of the dialect. */
      readonly events: readonly string[]
      readonly finishReason: string
      readonly usage: Usage | null
    }
  /** No terminal event, an error event, or garbage: an error however much text came before it. */
  | { readonly ok: false; readonly error: GenerationError; readonly usage: Usage | null }
