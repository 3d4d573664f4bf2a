import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Usage } from '@sluice/contracts/usage'
import type { AssistantPart, CanonicalRequest } from './canonical-request.ts'
import { maxAnswerCharacters } from './bounds.ts'
import { generationError, wireErrors } from './errors.ts'
import { withDisguise } from './caller-names.ts'
import { believable, estimatedUsage } from './estimated-usage.ts'
import { withMedia } from './media.ts'
import { restoreReply, RestoringDecoder } from './restore.ts'
import { streamPartsOf } from './stream-parts.ts'
import type {
  CanonicalReply,
  Choice,
  Finish,
  PartDecoder,
  PartEncoder,
  StreamPart,
} from './canonical-reply.ts'
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
  /** A whole reply where a stream was asked for, as the stream it would have been. Throws what `decodeReply` throws. */
  decodeReplyAsStream(body: Buffer, edits: ReplyEdits): DecodedStream
}

export interface DecodedStream {
  readonly events: readonly string[]
  readonly finishReason: string
  readonly usage: Usage | null
  readonly outputCharacters: number
}

export interface ConvertedRequest extends EncodedRequest {
  /** Null where the body was passed through unread. */
  readonly request: CanonicalRequest | null
}

export function conversionBetween(caller: CallerFormat, provider: ProviderFormat): Conversion {
  const isOwn = caller.name === (provider.passesThrough ?? provider.name)
  return isOwn ? passThrough(caller, provider) : translation(caller, provider)
}

function passThrough(caller: CallerFormat, format: ProviderFormat): Conversion {
  return {
    url: (baseUrl, target) => format.chatUrl(baseUrl, target),
    encodeRequest: (body, target) => ({ ...format.passRequest(body, target), request: null }),
    decodeReply: (body, edits) => format.passReply(body, edits),
    createStreamDecoder: (edits) => format.createPassThrough(edits),
    decodeReplyAsStream: (body, edits) =>
      streamOf(decodeRestored(format, body, edits), caller.createPartEncoder(edits), edits),
  }
}

function translation(caller: CallerFormat, provider: ProviderFormat): Conversion {
  return {
    url: (baseUrl, target) => provider.chatUrl(baseUrl, target),
    encodeRequest(body, target) {
      const decoded = caller.decodeRequest(body)
      const request = target.media ? withMedia(decoded, target.media) : decoded
      const told = target.disguise ? withDisguise(request, target.disguise) : request
      return { ...provider.encodeRequest(told, target), request }
    },
    decodeReply(body, edits) {
      const reply = decodeRestored(provider, body, edits)
      const outputCharacters = charactersIn(reply)
      const usage = shownUsage(reply.usage, outputCharacters, edits)
      return {
        data: caller.encodeReply({ ...reply, usage }, edits),
        finishReason: reply.finish.reason,
        usage: reply.usage,
        outputCharacters,
      }
    },
    createStreamDecoder(edits) {
      const decoder = provider.createPartDecoder(edits)
      const restored = edits.hints ? new RestoringDecoder(decoder, edits.hints) : decoder
      return new TranslatingDecoder(restored, caller.createPartEncoder(edits), edits)
    },
    decodeReplyAsStream: (body, edits) =>
      streamOf(decodeRestored(provider, body, edits), caller.createPartEncoder(edits), edits),
  }
}

function decodeRestored(provider: ProviderFormat, body: Buffer, edits: ReplyEdits): CanonicalReply {
  const reply = provider.decodeReply(body, edits)
  return edits.hints ? restoreReply(reply, edits.hints) : reply
}

function streamOf(reply: CanonicalReply, encoder: PartEncoder, edits: ReplyEdits): DecodedStream {
  const { finish, others = [], usage } = reply
  const outputCharacters = charactersIn(reply)
  const shown = shownUsage(usage, outputCharacters, edits)
  const events = encoder.encode(streamPartsOf(reply))
  events.push(...encoder.end(finish, shown, finishesOf(others)))
  return { events, finishReason: finish.reason, usage, outputCharacters }
}

function finishesOf(choices: readonly Choice[]): Finish[] {
  return choices.map(({ finish }) => finish)
}

/** What the caller is told was used: what is billed. */
function shownUsage(
  reported: Usage | null,
  outputCharacters: number,
  { inputCharacters }: ReplyEdits,
): Usage | null {
  const usage = believable(reported)
  if (usage !== null || inputCharacters === undefined) return usage
  return estimatedUsage(inputCharacters, outputCharacters)
}

/** A provider's bytes as payloads of the caller's dialect. What the decoder gives at its end is held back with the end. */
class TranslatingDecoder implements StreamDecoder {
  outputCharacters = 0
  readonly #decoder: PartDecoder
  readonly #encoder: PartEncoder
  readonly #edits: ReplyEdits
  #failure: GenerationError | null = null

  constructor(decoder: PartDecoder, encoder: PartEncoder, edits: ReplyEdits) {
    this.#decoder = decoder
    this.#encoder = encoder
    this.#edits = edits
  }

  get done(): boolean {
    return this.#failure !== null || this.#decoder.done
  }

  push(chunk: Buffer): readonly string[] {
    if (this.#failure) return []
    const parts = this.#decoder.push(chunk)
    if (parts.length === 0) return []
    const events = this.#encode(parts)
    // Some dialects say all of an answer once more at its end, and keep it until then.
    if (this.outputCharacters > maxAnswerCharacters)
      this.#failure = generationError(wireErrors.wire_event_too_large)
    return events
  }

  end(): StreamEnd {
    const end = this.#decoder.end()
    if (!end.ok) return end
    if (this.#failure) return { ok: false, error: this.#failure, usage: end.usage }
    const events = end.parts.length === 0 ? [] : this.#encode(end.parts)
    const shown = shownUsage(end.usage, this.outputCharacters, this.#edits)
    events.push(...this.#encoder.end(end.finish, shown, end.others))
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

/** Characters of answer text and tool arguments in all answers: what an estimate is made from. */
export function charactersIn({ content, others = [] }: CanonicalReply): number {
  return others.reduce((sum, other) => sum + charactersOf(other.content), charactersOf(content))
}

export function charactersOf(content: readonly AssistantPart[]): number {
  let characters = 0
  for (const part of content) {
    characters +=
      part.type === 'tool-call' ? part.name.length + part.arguments.length : part.text.length
  }
  return characters
}
