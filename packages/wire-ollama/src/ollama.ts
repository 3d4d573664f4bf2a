import type { WireFormat } from '@sluice/wire/wire-format'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { createStreamDecoder } from './decode-stream.ts'
import { encodeRequest } from './encode-request.ts'

const chatPath = 'api/chat'

/** Ollama's native API, not its OpenAI endpoint: that one ignores `num_ctx` and `think`. */
export const ollama: WireFormat = {
  name: 'ollama',
  chatPath,
  chatUrl: (baseUrl) => `${baseUrl.replace(/(?:\/api)?\/*$/, '')}/${chatPath}`,
  framing: 'ndjson',
  encodeRequest,
  decodeReply,
  createStreamDecoder,
  decodeError,
}
