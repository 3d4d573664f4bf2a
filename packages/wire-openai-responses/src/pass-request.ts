import { callerNames, disguiseMembers } from '@sluice/wire/caller-names'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { type JsonMembers, scanMembers } from '@sluice/wire/splice'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { isSealed, requestIdOfItem } from './gateway-made.ts'

const always = [
  'model',
  'stream',
  'background',
  'previous_response_id',
  'max_output_tokens',
  'input',
] as const

const withNames = [...always, ...callerNames] as const

/** What a response repeats of its call, and the provider is not told, or not so. */
const repeated = ['user', 'safety_identifier', 'prompt_cache_key'] as const

/** Parameters by their OpenAI chat names, where this dialect calls them otherwise. */
const memberOf: Readonly<Record<string, string>> = {
  reasoning_effort: 'reasoning',
  response_format: 'text',
  verbosity: 'text',
  max_tokens: 'max_output_tokens',
  max_completion_tokens: 'max_output_tokens',
}

type Changes = Record<string, string | null>

/**
 * The caller's bytes with a few members edited: the provider's model name, `stream`, the cap on the answer's length, what this one model
 * refuses. `previous_response_id` and `background` are the gateway's to serve: the provider knows none of our responses, and would answer a
 * call in the background with a promise. Names that are another's at every tenant are the caller's own again in the answer. `store` stays as the caller has it, see the README.
 */
export function passRequest(body: Buffer, target: TargetEdits): EncodedRequest {
  const refused = (target.traits.refuses ?? []).map(
    (name) => [name, memberOf[name] ?? name] as const,
  )
  const { disguise } = target
  const edited = disguise ? withNames : always
  const members = scanMembers<string>(body, [...edited, ...refused.map(([, member]) => member)])
  const changes: Changes = { model: JSON.stringify(target.upstreamModel) }
  const adapted: string[] = []
  if ((members.read('stream') === true) !== target.stream) changes['stream'] = String(target.stream)
  for (const [name, member] of refused) {
    if (members.read(member) === undefined) continue
    changes[member] = null
    adapted.push(name)
  }
  limitTokens(members, target.maxTokens, changes, adapted)
  const echo: JsonObject = {}
  for (const name of ['background', 'previous_response_id']) {
    const value = members.read(name)
    if (value === undefined) continue
    changes[name] = null
    if (value !== null && value !== false) echo[name] = value
  }
  if (disguise) {
    disguiseMembers(members, disguise, changes)
    for (const name of repeated) if (changes[name] != null) echo[name] = members.read(name)
  }
  if (body.includes(ownMark)) takeBackOwn(members, changes)
  const hints = Object.keys(echo).length === 0 ? {} : { hints: { echo } }
  return { body: members.edit(changes), adapted, ...hints }
}

function limitTokens(
  members: JsonMembers<string>,
  cap: number | null,
  changes: Changes,
  adapted: string[],
): void {
  if (cap === null) return
  const asked = members.read('max_output_tokens')
  if (typeof asked === 'number' && asked <= cap) return
  changes['max_output_tokens'] = String(cap)
  adapted.push('max_tokens')
}

/** In every id and seal that the gateway makes; where it is not in the body, the input need not be looked at. */
const ownMark = 'gw_'

/** A call's route may change: what another provider's answer got its ids from means nothing to this one, and its thoughts even less. */
function takeBackOwn(members: JsonMembers<string>, changes: Changes): void {
  const input = members.read('input')
  if (!Array.isArray(input)) return
  let changed = false
  const kept = (input as unknown[]).flatMap((item) => {
    if (!isObject(item)) return [item]
    const isOwn = requestIdOfItem(item['id']) !== null
    if (!isOwn && !isSealed(item['encrypted_content'])) return [item]
    changed = true
    if (item['type'] === 'reasoning') return []
    const { id: _, extra_content: _signature, ...rest } = item
    return [rest]
  })
  if (changed) changes['input'] = JSON.stringify(kept)
}
