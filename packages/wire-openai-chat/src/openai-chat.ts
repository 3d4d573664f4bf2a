import type { WireFormat } from '@sluice/wire/wire-format'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { createStreamDecoder } from './decode-stream.ts'
import { encodeRequest } from './encode-request.ts'

export { encodeError, errorEvent } from './encode-error.ts'
export { type ChatRequestSummary, parseChatRequest } from './parse-chat-request.ts'

const chatPath = 'chat/completions'

export const openAiChat: WireFormat = {
  name: 'openai-chat',
  chatPath,
  chatUrl: (baseUrl) => `${baseUrl.replace(/\/+$/, '')}/${chatPath}`,
  framing: 'sse',
  encodeRequest,
  decodeReply,
  createStreamDecoder,
  decodeError,
}
