import { textOf } from '@sluice/wire/json'
import type { OperationFormat } from '@sluice/wire/operation-format'
import { scanMembers } from '@sluice/wire/splice'
import { operationUrl, passJson } from './json-call.ts'
import { unreadable } from './unreadable.ts'

/** The reply is sound, in whatever form the provider says it is. */
export const speech: OperationFormat = {
  url: operationUrl('audio/speech'),

  encodeRequest(body, target) {
    const input = textOf(scanMembers(body.data, ['input']).read('input'))
    return { ...passJson(body, target), inputCharacters: input.length }
  },

  decodeReply({ data, contentType }) {
    const type = contentType.toLowerCase()
    // A page or an error in the place of sound: some servers say it with a 200.
    if (data.length === 0 || /^(?:application\/json|text\/)/.test(type)) throw unreadable()
    return {
      data,
      contentType: type === '' ? 'application/octet-stream' : contentType,
      usage: null,
    }
  },
}
