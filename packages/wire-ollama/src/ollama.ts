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
import { apiUrl } from './url.ts'

/** Ollama's native API, not its OpenAI endpoint: that one ignores `num_ctx` and `think` (T40). */
export const ollama: WireFormat = {
  name: 'ollama',
  framing: 'ndjson',
  chatUrl: (baseUrl) => apiUrl(baseUrl, 'chat'),
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
  // A line of a stream is the same as the body.
  encodeErrorEvent: encodeError,
  eventName: () => null,
  operations: { embeddings },
}
