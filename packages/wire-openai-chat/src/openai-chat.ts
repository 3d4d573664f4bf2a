import type { WireFormat } from '@sluice/wire/wire-format'
import { openAiOperations } from '@sluice/wire-openai-operations'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { createPartDecoder } from './decode-stream.ts'
import { encodeError } from './encode-error.ts'
import { encodeReply } from './encode-reply.ts'
import { encodeRequest } from './encode-request.ts'
import { createPartEncoder } from './encode-stream.ts'
import { parseRequest } from './parse-request.ts'
import { passReply } from './pass-reply.ts'
import { passRequest } from './pass-request.ts'
import { createPassThrough } from './pass-through.ts'

export const openAiChat: WireFormat = {
  name: 'openai-chat',
  framing: 'sse',
  chatUrl: (baseUrl) => `${baseUrl.replace(/\/+$/, '')}/chat/completions`,
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
  // The frame is the same as the body: JSON without a raw newline.
  encodeErrorEvent: encodeError,
  eventName: () => null,
  operations: openAiOperations,
}
