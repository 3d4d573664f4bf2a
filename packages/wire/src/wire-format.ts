import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Need } from '@sluice/contracts/generation/generation-request'
import type { Traits } from '@sluice/contracts/generation/traits'
import type { Usage } from '@sluice/contracts/usage'
import type { WireName } from '@sluice/contracts/wire-name'
import type { Disguise } from './caller-names.ts'
import type { CanonicalReply, PartDecoder, PartEncoder } from './canonical-reply.ts'
import type { CanonicalRequest } from './canonical-request.ts'
import type { FetchedMedia } from './media.ts'
import type { OperationFormats } from './operation-format.ts'

/**
 * One wire format, both ways: as the dialect of a caller and as the language of a provider. A call whose dialect is the provider's is passed
 * through (bytes in, payloads out, with the few edits named in `TargetEdits` and `ReplyEdits`); any other goes through the canonical form.
 *
 * Everything here is pure but for a decoder's or encoder's own state, and throws nothing but the errors of `wireErrors` (as `GatewayError`).
 */
export interface WireFormat extends CallerFormat, ProviderFormat {}

/** A format as the edge speaks it. */
export interface CallerFormat {
  readonly name: WireName
  /** What the edge needs to know. Throws a 400 whose `param` is the field at fault, null when the body as a whole is. */
  parseRequest(body: Buffer): CallSummary
  decodeRequest(body: Buffer): CanonicalRequest
  encodeReply(reply: CanonicalReply, edits: ReplyEdits): Buffer
  createPartEncoder(edits: ReplyEdits): PartEncoder
  /** 529 where the dialect has it for an overload; else the error's own. */
  errorStatus(error: GenerationError): number
  /** The body of an error answer. */
  encodeError(error: GenerationError, requestId: string): string
  /**
   * Payload of the last event of a stream that failed. `previous`: the payload before it, where it is at hand, for dialects whose events are
   * numbered.
   */
  encodeErrorEvent(
    error: GenerationError,
    requestId: string,
    previous: string | null,
    answer?: BrokenAnswer,
  ): string
  /** The `event:` of a payload; null = it has none in this dialect. */
  eventName(payload: string): string | null
}

/** What is known of an answer that broke off, for dialects whose last event says it. */
export interface BrokenAnswer {
  /** The name as the caller asked for it. */
  readonly model: string | null
  readonly usage: Usage
}

/** A format as a provider is spoken to. */
export interface ProviderFormat {
  readonly name: WireName
  /** The dialect whose callers are passed through, where it is not the wire's own: a cloud's variant of a vendor's dialect. */
  readonly passesThrough?: WireName
  readonly framing: 'sse' | 'ndjson' | 'aws-event-stream'
  /** The address of a chat call, from a base URL in any form the vendor's own SDK takes. */
  chatUrl(baseUrl: string, target: TargetEdits): string
  encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest
  /** A body of this very dialect, with the edits of the target: one scan, nothing is written again that is not edited. */
  passRequest(body: Buffer, target: TargetEdits): EncodedRequest
  decodeReply(body: Buffer, options: DecoderOptions): CanonicalReply
  passReply(body: Buffer, edits: ReplyEdits): DecodedReply
  createPartDecoder(options: DecoderOptions): PartDecoder
  /** For a caller of this very dialect. */
  createPassThrough(edits: ReplyEdits): StreamDecoder
  /** A non-200 reply, mapped once. */
  decodeError(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): GenerationError
  /** Calls other than chat that providers of this wire take. */
  readonly operations: OperationFormats
}

/** What the edge and the router need to know of a call; the body itself travels on as it came. */
export interface CallSummary {
  readonly model: string
  readonly stream: boolean
  /** The caller wants the usage chunk (OpenAI chat); other dialects always have it. */
  readonly includeUsage: boolean
  /** The caller's own limit on the answer, tokens. */
  readonly maxTokens: number | null
  /** The end user the caller names. */
  readonly user: string | null
  /** Calls that belong together, if the body says so (`metadata.user_id`, `prompt_cache_key`). */
  readonly group: string | null
  /** What a target must be able to do; a model whose row denies one of them is not asked. */
  readonly needs: readonly Need[]
  /** Documents stand in its messages; absent = none do. */
  readonly documents?: boolean
  /** The body as it was read, for whoever needs it again while the call is accepted; absent = it was not kept. */
  readonly json?: unknown
}

/** What is different for the one model that a call goes to. */
export interface TargetEdits {
  readonly upstreamModel: string
  readonly stream: boolean
  /** Cap on the answer's length that an alias sets, tokens. */
  readonly maxTokens: number | null
  readonly traits: Traits
  /** Files by their address, for a target that fetches none itself; put into the canonical form before it is encoded. */
  readonly media?: ReadonlyMap<string, FetchedMedia>
  /** For names that the caller chose, at an account that several tenants share; absent = they go as they are. */
  readonly disguise?: Disguise
}

export interface EncodedRequest {
  readonly body: Buffer
  /** Parameters that were dropped, renamed or capped for this target, by their OpenAI chat names (`temperature`, `tool_choice`). */
  readonly adapted: readonly string[]
  /** What has to be undone in the answer; absent = nothing. */
  readonly hints?: ReplyHints
  /** Absent = JSON. */
  readonly contentType?: string
  /** Of the body, what a model reads: an estimate of its tokens is made from it. Absent = all of it. */
  readonly inputCharacters?: number
}

/** What a request was changed in that its answer shows: undone by `translate`, the same way for every wire. */
export interface ReplyHints {
  /** Tool names as they were sent, and as the caller wrote them (T12). */
  readonly toolNames?: ReadonlyMap<string, string>
  /** A tool that stands for the structured output the wire lacks: its arguments are the answer's text (T21). */
  readonly schemaTool?: string
  /** Members of the call that the provider was not told, and that the answer repeats (Responses). */
  readonly echo?: Readonly<Record<string, unknown>>
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
  /** Of what the model read: where the provider does not count, a translated answer shows an estimate made from it. Absent = none is shown. */
  readonly inputCharacters?: number
  /** The call that is answered, for dialects that repeat parts of it; null when it is not at hand. */
  readonly request: CanonicalRequest | null
  readonly hints?: ReplyHints
}

export interface DecoderOptions {
  /** Makes ids that a provider left out, the same ones on every reading. */
  readonly requestId: string
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
  /** Absent = JSON. */
  readonly contentType?: string
}

/**
 * Feeds on raw bytes as they come off the socket (cut anywhere) and gives payloads in the caller's dialect, in order. The event that carries
 * the finish reason, and everything after it, is held back until `end`: a crash between the two must not show a finished answer without its
 * terminal entry.
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
