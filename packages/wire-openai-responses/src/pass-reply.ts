import { scanMembers } from '@sluice/wire/splice'
import { charactersOf } from '@sluice/wire/translate'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { decodeOutput, readResponse, unreadable } from './decode-reply.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { ourMembers } from './rename-response.ts'

/** The provider's bytes with our name of the response and the caller's name of the model in them. */
export function passReply(body: Buffer, edits: ReplyEdits): DecodedReply {
  const response = readResponse(body)
  const content = decodeOutput(response['output'], edits.requestId)
  const finish = decodeFinish(
    response,
    content.some(({ type }) => type === 'tool-call'),
  )
  if (!finish) throw unreadable(response)
  const ours = Object.entries(ourMembers(edits))
  const members = scanMembers<string>(
    body,
    ours.map(([name]) => name),
  )
  return {
    data: members.edit(
      Object.fromEntries(ours.map(([name, value]) => [name, JSON.stringify(value)])),
    ),
    finishReason: finish.reason,
    usage: decodeUsage(response['usage']),
    outputCharacters: charactersOf(content),
  }
}
