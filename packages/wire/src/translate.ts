import type { AssistantPart, CanonicalRequest } from './canonical-request.ts'
import { withMedia } from './media.ts'
import { restoreReply, RestoringDecoder } from './restore.ts'
import type { PartDecoder, PartEncoder, StreamPart } from './canonical-reply.ts'
import type {
  CallerFormat,
  DecodedReply,
  EncodedRequest,
  ProviderFormat,
  ReplyEdits,
  StreamDecoder,
  StreamEnd,
  TargetEdits,
} from './wire-format.ts'

/** What stands between a caller's dialect and a provider's wire, for one kind of call. */
export interface Conversion {
  /** The address of the call, from the provider's base URL. */
  url(baseUrl: string, target: TargetEdits): string
  encodeRequest(body: Buffer, target: TargetEdits): ConvertedRequest
  /** `contentType`: as the provider names it. */
  decodeReply(body: Buffer, edits: ReplyEdits, contentType?: string): DecodedReply
  createStreamDecoder(edits: ReplyEdits): StreamDecoder
}

export interface ConvertedRequest extends EncodedRequest {
  /** Null where the body was passed through unread. */
  readonly request: CanonicalRequest | null
}

export function conversionBetween(caller: CallerFormat, provider: ProviderFormat): Conversion {
  const isOwn = caller.name === (provider.passesThrough ?? provider.name)
  return isOwn ? passThrough(provider) : translation(caller, provider)
}

function passThrough(format: ProviderFormat): Conversion {
  return {
    url: (baseUrl, target) => format.chatUrl(baseUrl, target),
    encodeRequest: (body, target) => ({ ...format.passRequest(body, target), request: null }),
    decodeReply: (body, edits) => format.passReply(body, edits),
    createStreamDecoder: (edits) => format.createPassThrough(edits),
  }
}

function translation(caller: CallerFormat, provider: ProviderFormat): Conversion {
  return {
    url: (baseUrl, target) => provider.chatUrl(baseUrl, target),
    encodeRequest(body, target) {
      const decoded = caller.decodeRequest(body)
      const request = target.media ? withMedia(decoded, target.media) : decoded
      return { ...provider.encodeRequest(request, target), request }
    },
    decodeReply(body, edits) {
      const decoded = provider.decodeReply(body, edits)
      const reply = edits.hints ? restoreReply(decoded, edits.hints) : decoded
      return {
        data: caller.encodeReply(reply, edits),
        finishReason: reply.finish.reason,
        usage: reply.usage,
        outputCharacters: charactersOf(reply.content),
      }
    },
    createStreamDecoder(edits) {
      const decoder = provider.createPartDecoder(edits)
      const restored = edits.hints ? new RestoringDecoder(decoder, edits.hints) : decoder
      return new TranslatingDecoder(restored, caller.createPartEncoder(edits))
    },
  }
}

/** A provider's bytes as payloads of the caller's dialect. What the decoder gives at its end is held back with the end. */
class TranslatingDecoder implements StreamDecoder {
  outputCharacters = 0
  readonly #decoder: PartDecoder
  readonly #encoder: PartEncoder

  constructor(decoder: PartDecoder, encoder: PartEncoder) {
    this.#decoder = decoder
    this.#encoder = encoder
  }

  get done(): boolean {
    return this.#decoder.done
  }

  push(chunk: Buffer): readonly string[] {
    const parts = this.#decoder.push(chunk)
    return parts.length === 0 ? [] : this.#encode(parts)
  }

  end(): StreamEnd {
    const end = this.#decoder.end()
    if (!end.ok) return end
    const events = end.parts.length === 0 ? [] : this.#encode(end.parts)
    events.push(...this.#encoder.end(end.finish, end.usage))
    return { ok: true, events, finishReason: end.finish.reason, usage: end.usage }
  }

  #encode(parts: readonly StreamPart[]): string[] {
    for (const part of parts) this.outputCharacters += streamedCharacters(part)
    return this.#encoder.encode(parts)
  }
}

function streamedCharacters(part: StreamPart): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'tool-arguments':
      return part.text.length
    case 'tool-call':
      return part.name.length
    case 'reasoning-signature':
    case 'usage':
      return 0
  }
}

/** Characters of answer text and tool arguments: what an estimate is made from. */
export function charactersOf(content: readonly AssistantPart[]): number {
  let characters = 0
  for (const part of content) {
    characters +=
      part.type === 'tool-call' ? part.name.length + part.arguments.length : part.text.length
  }
  return characters
}
