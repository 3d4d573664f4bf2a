import type { WireFormat } from '@sluice/wire/wire-format'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { createPartDecoder } from './decode-stream.ts'
import { encodeError, encodeErrorEvent, errorStatus } from './encode-error.ts'
import { encodeReply } from './encode-reply.ts'
import { encodeRequest } from './encode-request.ts'
import { createPartEncoder } from './encode-stream.ts'
import { eventName } from './event-name.ts'
import { messagesUrl } from './messages-url.ts'
import { parseRequest } from './parse-request.ts'
import { passReply } from './pass-reply.ts'
import { passRequest } from './pass-request.ts'
import { createPassThrough } from './pass-through.ts'

export {
  countTokensRequest,
  countTokensUrl,
  decodeCountTokensReply,
  encodeCountTokensReply,
  parseCountTokensRequest,
} from './count-tokens.ts'
export { type CountableInput, countableInput } from './countable-input.ts'

export const anthropicMessages: WireFormat = {
  name: 'anthropic-messages',
  framing: 'sse',
  chatUrl: (baseUrl) => messagesUrl(baseUrl),
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
  errorStatus,
  encodeError,
  encodeErrorEvent,
  eventName,
  operations: {},
}
