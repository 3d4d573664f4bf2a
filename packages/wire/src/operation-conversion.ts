import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from './errors.ts'
import type { OperationFormat, Payload } from './operation-format.ts'
import type { Conversion } from './translate.ts'

/** One call with a plain reply, behind the interface of chat calls. `asked`: the caller's own body, in OpenAI's form. */
export function operationConversion(format: OperationFormat, asked: Payload): Conversion {
  return {
    url: (baseUrl, target) => format.url(baseUrl, target),
    encodeRequest(_body, target) {
      const { data, ...encoded } = format.encodeRequest(asked, target)
      return { ...encoded, body: data, request: null }
    },
    decodeReply(data, { model, requestId, created }, contentType = '') {
      const edits = { model, requestId, created, asked }
      const reply = format.decodeReply({ data, contentType }, edits)
      const { outputCharacters = 0, usage } = reply
      const { data: body, contentType: type } = reply
      return { data: body, contentType: type, usage, outputCharacters, finishReason: 'stop' }
    },
    createStreamDecoder: () => refuseStream(),
    decodeReplyAsStream: () => refuseStream(),
  }
}

function refuseStream(): never {
  throw new GatewayError(wireErrors.operation_unsupported, 'This operation does not stream')
}
