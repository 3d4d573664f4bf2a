import type { Traits } from '@sluice/contracts/generation/traits'
import { callerNames, disguiseMembers } from '@sluice/wire/caller-names'
import { isObject } from '@sluice/wire/json'
import { type JsonMembers, scanMembers } from '@sluice/wire/splice'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'

const limits = ['max_completion_tokens', 'max_tokens'] as const
const always = ['model', 'stream', 'stream_options', ...limits] as const
const withNames = [...always, ...callerNames] as const
type Changes = Record<string, string | null>

/**
 * The caller's bytes with a few members edited: the provider's model name, `stream`, the usage chunk (always asked for on a stream: it is what we
 * bill from), the cap on the answer's length, what this one model refuses, and names that are to be another's at every tenant.
 */
export function passRequest(body: Buffer, target: TargetEdits): EncodedRequest {
  const { traits, disguise } = target
  const refused = traits.refuses ?? []
  const edited = disguise ? withNames : always
  const members = scanMembers<string>(body, refused.length === 0 ? edited : [...edited, ...refused])
  const changes: Changes = { model: JSON.stringify(target.upstreamModel) }
  const adapted: string[] = []
  if ((members.read('stream') === true) !== target.stream) changes['stream'] = String(target.stream)
  askForUsage(members, target, changes)
  for (const name of refused) {
    if (members.read(name) === undefined) continue
    changes[name] = null
    adapted.push(name)
  }
  limitTokens(members, target.maxTokens, traits, changes, adapted)
  if (disguise) disguiseMembers(members, disguise, changes)
  return { body: members.edit(changes), adapted }
}

/** `stream_options` beside a plain call is refused by OpenAI itself, so it is taken out there. */
function askForUsage(
  members: JsonMembers<string>,
  { stream, traits }: TargetEdits,
  changes: Changes,
): void {
  const options = members.read('stream_options')
  if (!stream || traits.streamOptions === false) {
    if (options !== undefined) changes['stream_options'] = null
  } else if (!isObject(options)) changes['stream_options'] = '{"include_usage":true}'
  else if (options['include_usage'] !== true) {
    changes['stream_options'] = JSON.stringify({ ...options, include_usage: true })
  }
}

/**
 * Lowers whichever limit the caller set to the cap; where there is none, sets the one that the model wants, or `max_tokens`, which every vendor
 * of this dialect knows. A limit under the name that the model does not take is renamed.
 */
function limitTokens(
  members: JsonMembers<string>,
  cap: number | null,
  { maxTokensName: wanted }: Traits,
  changes: Changes,
  adapted: string[],
): void {
  let limited = false
  for (const name of limits) {
    const value = members.read(name)
    if (typeof value !== 'number') continue
    limited = true
    const isCapped = cap !== null && value > cap
    if (isCapped) changes[name] = String(cap)
    if (wanted !== undefined && wanted !== name) {
      changes[name] = null
      if (typeof members.read(wanted) !== 'number') changes[wanted] = String(isCapped ? cap : value)
    } else if (!isCapped) continue
    adapted.push(name)
  }
  if (limited || cap === null) return
  const name = wanted ?? 'max_tokens'
  changes[name] = String(cap)
  adapted.push(name)
}
