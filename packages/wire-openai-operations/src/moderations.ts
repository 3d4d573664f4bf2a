import type { OperationFormat } from '@sluice/wire/operation-format'
import { scanMembers } from '@sluice/wire/splice'
import { decodeUsage } from './decode-usage.ts'
import { jsonType, operationUrl, passJson } from './json-call.ts'
import { readReply, unreadable } from './unreadable.ts'

export const moderations: OperationFormat = {
  url: operationUrl('moderations'),
  encodeRequest: (body, target) => passJson(body, target),

  decodeReply({ data }, { model }) {
    const reply = readReply(data)
    if (!Array.isArray(reply['results'])) throw unreadable()
    const edited = scanMembers(data, ['model']).edit({ model: JSON.stringify(model) })
    return { data: edited, contentType: jsonType, usage: decodeUsage(reply) }
  },
}
