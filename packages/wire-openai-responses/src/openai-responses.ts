import type { WireFormat } from '@sluice/wire/wire-format'
import { decodeError } from './decode-error.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { createPartDecoder } from './decode-stream.ts'
import { encodeError, encodeErrorEvent } from './encode-error.ts'
import { encodeReply } from './encode-reply.ts'
import { encodeRequest } from './encode-request.ts'
import { createPartEncoder } from './encode-stream.ts'
import { eventName } from './event-name.ts'
import { parseRequest } from './parse-request.ts'
import { passReply } from './pass-reply.ts'
import { passRequest } from './pass-request.ts'
import { createPassThrough } from './pass-through.ts'

export const openAiResponses: WireFormat = {
  name: 'openai-responses',
  framing: 'sse',
  chatUrl: (baseUrl) => `${baseUrl.replace(/\/+$/, '')}/responses`,
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
  encodeErrorEvent,
  eventName,
  operations: {},
}
