import { isObject, parseJson, textOf } from '@sluice/wire/json'
import type { OperationFormat } from '@sluice/wire/operation-format'
import { decodeUsage } from './decode-usage.ts'
import { jsonType, operationUrl } from './json-call.ts'
import { passForm } from './multipart.ts'
import { readReply, unreadable } from './unreadable.ts'

export const transcriptions: OperationFormat = fromSound('audio/transcriptions')
/** Into English. */
export const translations: OperationFormat = fromSound('audio/translations')

/** A form with a recording in, its text out: as JSON, or as the plain text or subtitles that the caller wished for. */
function fromSound(path: string): OperationFormat {
  return {
    url: operationUrl(path),
    // How long a recording is, and so what it costs, cannot be told from its bytes.
    encodeRequest: (body, target) => ({
      ...passForm(body, target),
      inputCharacters: 0,
    }),

    decodeReply({ data, contentType }) {
      if (data.length === 0) throw unreadable()
      if (!contentType.includes('json') && !isObject(parseJson(data.toString()))) {
        if (contentType.includes('html')) throw unreadable()
        const outputCharacters = data.toString().length
        return { data, contentType: contentType || 'text/plain', usage: null, outputCharacters }
      }
      const reply = readReply(data)
      const text = textOf(reply['text'])
      if (typeof reply['text'] !== 'string' && !Array.isArray(reply['segments'])) throw unreadable()
      const usage = decodeUsage(reply)
      return { data, contentType: jsonType, usage, outputCharacters: text.length }
    },
  }
}
