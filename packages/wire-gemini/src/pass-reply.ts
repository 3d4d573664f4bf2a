import { scanMembers } from '@sluice/wire/splice'
import { charactersIn } from '@sluice/wire/translate'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { decodeReply } from './decode-reply.ts'

/** The provider's bytes with the caller's model name in them. */
export function passReply(body: Buffer, edits: ReplyEdits): DecodedReply {
  const reply = decodeReply(body, edits)
  const { finish, usage } = reply
  return {
    data: scanMembers(body, ['modelVersion']).edit({ modelVersion: JSON.stringify(edits.model) }),
    finishReason: finish.reason,
    usage,
    outputCharacters: charactersIn(reply),
  }
}
