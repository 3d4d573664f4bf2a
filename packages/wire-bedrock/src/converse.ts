import type { ProviderFormat } from '@sluice/wire/wire-format'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { createPartDecoder } from './decode-stream.ts'
import { encodeRequest } from './encode-request.ts'
import { noPassThrough } from './no-pass-through.ts'
import { modelUrl } from './url.ts'

/** Bedrock's own chat API, the same for all models that it runs. */
export const bedrockConverse: ProviderFormat = {
  name: 'bedrock-converse',
  framing: 'aws-event-stream',
  chatUrl: (baseUrl, { upstreamModel, stream }) =>
    modelUrl(baseUrl, upstreamModel, stream ? 'converse-stream' : 'converse'),
  encodeRequest,
  decodeReply,
  createPartDecoder,
  decodeError,
  operations: {},
  ...noPassThrough,
}
