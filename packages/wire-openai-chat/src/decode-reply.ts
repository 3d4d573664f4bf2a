import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { scanMembers } from '@sluice/wire/splice'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { textLength } from './choice-text.ts'
import { decodeInlineError, readProviderError } from './decode-error.ts'
import { decodeUsage } from './decode-usage.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { isObject, parseJson, stringOrNull } from './json.ts'

/** The provider's bytes with the caller's model name in them; an answer without a choice, or with an error in a 200, is an error. */
export function decodeReply(body: Buffer, to: WireName, edits: ReplyEdits): DecodedReply {
  if (to !== 'openai-chat') throw new GatewayError(wireErrors.wire_unsupported)
  const reply = parseJson(body.toString())
  const { choices, usage } = isObject(reply) ? reply : {}
  const answers = Array.isArray(choices) ? choices.filter((choice) => isObject(choice)) : []
  const [first] = answers
  if (!first) throw unreadable(reply)
  const finish = stringOrNull(first['finish_reason']) ?? 'stop'
  if (isErrorFinish(finish)) throw unreadable(reply)
  let outputCharacters = 0
  for (const { message } of answers) outputCharacters += textLength(message)
  const model = JSON.stringify(edits.model)
  return {
    data: scanMembers(body, ['model']).edit({ model }),
    finishReason: normalFinishReason(finish),
    usage: decodeUsage(usage),
    outputCharacters,
  }
}

function unreadable(reply: unknown): GatewayError {
  const found = readProviderError(reply)
  if (!found) return new GatewayError(wireErrors.upstream_error)
  const { code, status, retryable, message, type, param } = decodeInlineError(found)
  const definition = { code, status, retryable, title: message }
  return new GatewayError(definition, message, { type, param: param ?? undefined })
}
