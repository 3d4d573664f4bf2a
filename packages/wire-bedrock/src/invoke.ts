import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import type {
  DecoderOptions,
  EncodedRequest,
  ProviderFormat,
  ReplyEdits,
  StreamDecoder,
  StreamEnd,
  TargetEdits,
} from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { withBetas } from './betas.ts'
import { decodeError } from './decode-error.ts'
import { inlineMedia } from './inline-media.ts'
import { InvokeEvents } from './invoke-events.ts'
import { modelUrl } from './url.ts'

const defaultVersion = 'bedrock-2023-05-31'

/**
 * Claude at Bedrock: Anthropic's body with its version in it and the model in the address; its events in base64, one in each frame. What callers
 * of Anthropic's dialect say, and what they are answered, is passed on.
 */
export const bedrockInvoke: ProviderFormat = {
  name: 'bedrock-invoke',
  passesThrough: 'anthropic-messages',
  framing: 'aws-event-stream',
  chatUrl: (baseUrl, { upstreamModel, stream }) =>
    modelUrl(baseUrl, upstreamModel, stream ? 'invoke-with-response-stream' : 'invoke'),
  encodeRequest: (request, target) =>
    named(anthropicMessages.encodeRequest(request, atBedrock(target)), target),
  passRequest,
  decodeReply: (body, options) => anthropicMessages.decodeReply(body, options),
  passReply: (body, edits) => anthropicMessages.passReply(body, edits),
  createPartDecoder: (options) => new InvokeDecoder(options),
  createPassThrough: (edits) => new InvokePassThrough(edits),
  decodeError,
  operations: {},
}

function passRequest(body: Buffer, target: TargetEdits): EncodedRequest {
  const whole = target.media ? inlineMedia(body, target.media) : body
  return named(anthropicMessages.passRequest(whole, atBedrock(target)), target)
}

function atBedrock(target: TargetEdits): TargetEdits {
  const { anthropicVersion: version } = target.traits
  const anthropicVersion = version?.startsWith('bedrock-') === true ? version : defaultVersion
  return { ...target, traits: { ...target.traits, anthropicVersion } }
}

function named(encoded: EncodedRequest, { traits }: TargetEdits): EncodedRequest {
  return { ...encoded, body: withBetas(encoded.body, traits) }
}

/** Leaves the events to Anthropic's own decoder; a frame that is broken, or an exception, is the error of a stream that is not whole without it. */
class InvokeDecoder implements PartDecoder {
  readonly #inner: PartDecoder
  readonly #events: InvokeEvents
  #out: StreamPart[] = []

  constructor(options: DecoderOptions) {
    this.#inner = anthropicMessages.createPartDecoder(options)
    this.#events = new InvokeEvents(options.maxEventBytes, (sse) => {
      this.#out.push(...this.#inner.push(sse))
    })
  }

  get done(): boolean {
    return this.#events.failure !== null || this.#inner.done
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    this.#events.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    const isWhole = this.#inner.done
    if (!isWhole) this.#events.end()
    const end = this.#inner.end()
    const { failure } = this.#events
    return failure && !isWhole ? { ok: false, error: failure, usage: end.usage } : end
  }
}

class InvokePassThrough implements StreamDecoder {
  readonly #inner: StreamDecoder
  readonly #events: InvokeEvents
  #out: string[] = []

  constructor(edits: ReplyEdits) {
    this.#inner = anthropicMessages.createPassThrough(edits)
    this.#events = new InvokeEvents(edits.maxEventBytes, (sse) => {
      this.#out.push(...this.#inner.push(sse))
    })
  }

  get done(): boolean {
    return this.#events.failure !== null || this.#inner.done
  }

  get outputCharacters(): number {
    return this.#inner.outputCharacters
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    this.#events.push(chunk)
    return this.#out
  }

  end(): StreamEnd {
    const isWhole = this.#inner.done
    if (!isWhole) this.#events.end()
    const end = this.#inner.end()
    const { failure } = this.#events
    return failure && !isWhole ? { ok: false, error: failure, usage: end.usage } : end
  }
}
