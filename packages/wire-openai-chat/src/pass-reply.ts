import { scanMembers } from '@sluice/wire/splice'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { textLength } from './choice-text.ts'
import { decodeUsage } from './decode-usage.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { unreadable } from './unreadable.ts'
import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'

/** The provider's bytes with the caller's model name in them; an answer without a choice, or with an error in a 200, is an error. */
export function passReply(body: Buffer, edits: ReplyEdits): DecodedReply {
  const reply = parseJson(body.toString())
  const { choices, usage, model } = isObject(reply) ? reply : {}
  const answers = Array.isArray(choices) ? choices.filter((choice) => isObject(choice)) : []
  const [first] = answers
  if (!first) throw unreadable(reply)
  const finish = stringOrNull(first['finish_reason']) ?? 'stop'
  if (isErrorFinish(finish)) throw unreadable(reply)
  let outputCharacters = 0
  for (const { message } of answers) outputCharacters += textLength(message)
  return {
    data: renameModel(body, model, edits.model),
    finishReason: normalFinishReason(finish),
    usage: decodeUsage(usage),
    outputCharacters,
  }
}

/** What every model name of every vendor consists of: spelled the same in JSON, and in UTF-8 as in latin1. */
const plainName = /^[\w./:@-]+$/

/**
 * `body` is valid JSON. In it `"model":"` can only be a member's name, since a quote inside a string is escaped; with no bracket before it, it is
 * one of the body's own members, and so it is found and replaced without walking through the rest. Anything less plain is left to the scan.
 */
function renameModel(body: Buffer, from: unknown, to: string): Buffer {
  if (typeof from === 'string' && plainName.test(from) && plainName.test(to)) {
    const at = body.indexOf(`"model":"${from}"`, 0, 'latin1')
    if (at > 0 && !isNested(body, at) && body.indexOf('"model"', at + 7, 'latin1') === -1) {
      const start = at + 9
      const end = start + from.length
      const out = Buffer.allocUnsafe(body.length + to.length - from.length)
      body.copy(out, 0, 0, start)
      out.write(to, start, 'latin1')
      body.copy(out, start + to.length, end)
      return out
    }
  }
  return scanMembers(body, ['model']).edit({ model: JSON.stringify(to) })
}

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/** Also true for a bracket inside a string, which is harmless. */
function isNested(body: Buffer, at: number): boolean {
  const first = body.indexOf(OPEN_BRACE)
  for (let index = first + 1; index < at; index += 1) {
    const byte = body[index]
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return true
  }
  return false
}
