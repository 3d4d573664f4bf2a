import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { passRequest as passChatRequest } from '@sluice/wire-openai-chat/pass-request'

/** The members that are edited are those of a chat call; there is one name only for the limit. */
export function passRequest(body: Buffer, target: TargetEdits): EncodedRequest {
  const { maxTokensName: _, ...traits } = target.traits
  return passChatRequest(body, { ...target, traits })
}
