import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { WireFormat } from '@sluice/wire/wire-format'
import { decodeError } from '@sluice/wire-openai-chat/decode-error'
import { encodeError } from '@sluice/wire-openai-chat/encode-error'
import { openAiOperations } from '@sluice/wire-openai-operations'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { createPartDecoder } from './decode-stream.ts'
import { encodeReply } from './encode-reply.ts'
import { createPartEncoder } from './encode-stream.ts'
import { parseRequest } from './parse-request.ts'
import { passReply } from './pass-reply.ts'
import { passRequest } from './pass-request.ts'
import { createPassThrough } from './pass-through.ts'

export const openAiCompletions: WireFormat = {
  name: 'openai-completions',
  framing: 'sse',
  chatUrl: (baseUrl) => `${baseUrl.replace(/\/+$/, '')}/completions`,
  parseRequest,
  decodeRequest,
  encodeRequest() {
    throw new GatewayError(wireErrors.wire_unsupported, 'This model only completes a text')
  },
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
  encodeErrorEvent: encodeError,
  eventName: () => null,
  operations: openAiOperations,
}
