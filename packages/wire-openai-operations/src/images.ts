import { noUsage, type ReportedUsage } from '@sluice/contracts/usage'
import { textOf } from '@sluice/wire/json'
import type { OperationFormat, OperationReply, Payload } from '@sluice/wire/operation-format'
import { scanMembers } from '@sluice/wire/splice'
import { decodeUsage } from './decode-usage.ts'
import { jsonType, operationUrl, passJson } from './json-call.ts'
import { isForm, passForm } from './multipart.ts'
import { readReply, unreadable } from './unreadable.ts'

export const images: OperationFormat = {
  url: operationUrl('images/generations'),
  encodeRequest(body, target) {
    const prompt = textOf(scanMembers(body.data, ['prompt']).read('prompt'))
    return { ...passJson(body, target), inputCharacters: prompt.length }
  },
  decodeReply,
}

/** A form with the pictures, or JSON that names them. */
export const imageEdits: OperationFormat = {
  url: operationUrl('images/edits'),
  encodeRequest: (body, target) => (isForm(body) ? passForm(body, target) : passJson(body, target)),
  decodeReply,
}

/** The pictures travel as they are. They are counted: some models have a price for each. */
function decodeReply({ data }: Payload): OperationReply {
  const reply = readReply(data)
  const made = reply['data']
  if (!Array.isArray(made) || made.length === 0) throw unreadable()
  const counted = decodeUsage(reply) ?? { ...noUsage, estimated: true }
  const usage: ReportedUsage = { ...counted, images: made.length }
  return { data, contentType: jsonType, usage }
}
