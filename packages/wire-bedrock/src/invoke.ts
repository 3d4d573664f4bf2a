import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import type { CanonicalRequest } from '@sluice/wire/canonical-request'
import { isObject, parseJson } from '@sluice/wire/json'
import type {
  DecoderOptions,
  EncodedRequest,
  ProviderFormat,
  TargetEdits,
} from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { decodeError } from './decode-error.ts'
import { EventFrames } from './event-frames.ts'
import { noPassThrough } from './no-pass-through.ts'
import { modelUrl } from './url.ts'

const defaultVersion = 'bedrock-2023-05-31'

/** Claude at Bedrock: Anthropic's body with its version in it and the model in the address; its events in base64, one in each frame. */
export const bedrockInvoke: ProviderFormat = {
  name: 'bedrock-invoke',
  framing: 'aws-event-stream',
  chatUrl: (baseUrl, { upstreamModel, stream }) =>
    modelUrl(baseUrl, upstreamModel, stream ? 'invoke-with-response-stream' : 'invoke'),
  encodeRequest,
  decodeReply: (body, options) => anthropicMessages.decodeReply(body, options),
  createPartDecoder: (options) => new InvokeDecoder(options),
  decodeError,
  operations: {},
  ...noPassThrough,
}

function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  const { anthropicVersion: version } = target.traits
  const anthropicVersion = version?.startsWith('bedrock-') === true ? version : defaultVersion
  const traits = { ...target.traits, anthropicVersion }
  return anthropicMessages.encodeRequest(request, { ...target, traits })
}

/** Unpacks the frames and leaves the events to Anthropic's own decoder. */
class InvokeDecoder implements PartDecoder {
  readonly #frames: EventFrames
  readonly #events: PartDecoder
  #out: StreamPart[] = []

  constructor(options: DecoderOptions) {
    this.#events = anthropicMessages.createPartDecoder(options)
    // Base64 makes four bytes of three, and the frame has headers.
    const maxFrameBytes = Math.ceil(options.maxEventBytes * 1.5) + 1_024
    this.#frames = new EventFrames(maxFrameBytes, (type, payload) => {
      if (type === 'chunk') this.#onChunk(parseJson(payload.toString()))
    })
  }

  get done(): boolean {
    return this.#frames.failure !== null || this.#events.done
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    this.#frames.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    if (!this.#events.done) this.#frames.end()
    const end = this.#events.end()
    const { failure } = this.#frames
    return failure && !(end.ok && this.#events.done)
      ? { ok: false, error: failure, usage: end.usage }
      : end
  }

  #onChunk(value: unknown): void {
    const bytes = isObject(value) ? value['bytes'] : undefined
    if (typeof bytes !== 'string') return
    // JSON has no raw line break: the event is one line.
    const event = Buffer.from(bytes, 'base64')
      .toString()
      .replaceAll(/[\r\n]/g, ' ')
    this.#out.push(...this.#events.push(Buffer.from(`data: ${event}\n\n`)))
  }
}
