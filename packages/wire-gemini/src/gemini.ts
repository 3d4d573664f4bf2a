import type { WireFormat } from '@sluice/wire/wire-format'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { createPartDecoder } from './decode-stream.ts'
import { embeddings } from './embeddings.ts'
import { encodeError } from './encode-error.ts'
import { encodeReply } from './encode-reply.ts'
import { encodeRequest } from './encode-request.ts'
import { createPartEncoder } from './encode-stream.ts'
import { parseRequest } from './parse-request.ts'
import { passReply } from './pass-reply.ts'
import { passRequest } from './pass-request.ts'
import { createPassThrough } from './pass-through.ts'
import { chatMethod, modelUrl } from './url.ts'

export { countTokensUrl, decodeCountTokens, encodeCountTokens } from './count-tokens.ts'
export { chatMethod } from './url.ts'
export { vertexEmbeddings } from './vertex-embeddings.ts'

/** The Generative Language API. Vertex has the same bodies at other addresses. */
export const gemini: WireFormat = {
  name: 'gemini',
  framing: 'sse',
  chatUrl: (baseUrl, { upstreamModel, stream }) =>
    modelUrl(baseUrl, upstreamModel, chatMethod(stream)),
  parseRequest,
  decodeRequest,
  encodeRequest,
  passRequest,
  decodeReply,
  encodeReply,
  passReply,
  createPartDecoder,
  createPartEncoder,
  createPassThrough,
  decodeError,
  errorStatus: ({ status }) => status,
  encodeError,
  // One frame with the body of an error answer.
  encodeErrorEvent: encodeError,
  eventName: () => null,
  operations: { embeddings },
}
