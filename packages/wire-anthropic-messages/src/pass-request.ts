import type { Traits } from '@sluice/contracts/generation/traits'
import type { Disguise } from '@sluice/wire/caller-names'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { type JsonMembers, scanMembers } from '@sluice/wire/splice'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { refusedMembers, refusedToolMembers } from './betas.ts'
import { foreignMark, isForeign } from './foreign-reasoning.ts'
import { isPlatformVersion } from './platform.ts'

const always = ['model', 'stream', 'max_tokens', 'anthropic_version', 'tools', 'messages'] as const
/** `metadata` has the name of the end user in it. */
const withNames = [...always, 'metadata'] as const
type Changes = Record<string, string | null>

/** What a trait calls by its OpenAI name, as it is called here; other names are the same. */
const memberOfParameter: Readonly<Record<string, string>> = {
  stop: 'stop_sequences',
  reasoning_effort: 'thinking',
  response_format: 'output_config',
  user: 'metadata',
  max_completion_tokens: 'max_tokens',
}

/**
 * The caller's bytes with a few members edited: the provider's model name, `stream`, the cap on the answer's length, what this one model or this
 * target refuses, the name of the end user where it is to be another's at every tenant, and thoughts that another vendor's model had.
 */
export function passRequest(body: Buffer, target: TargetEdits): EncodedRequest {
  const { traits, disguise } = target
  const refused = (traits.refuses ?? []).map((name) => [name, memberOfParameter[name] ?? name])
  const betas = refusedMembers(traits)
  const edited = disguise ? withNames : always
  const asked = [...edited, ...refused.map(([, member = '']) => member), ...betas]
  const members = scanMembers<string>(body, asked)
  const changes: Changes = {}
  const adapted = new Set<string>()
  addressModel(members, target, changes)
  limitTokens(members, target.maxTokens, changes, adapted)
  for (const [name = '', member = ''] of [...refused, ...betas.map((beta) => [beta, beta])]) {
    if (members.read(member) === undefined) continue
    changes[member] = null
    adapted.add(name)
  }
  editTools(members, traits, changes, adapted)
  if (disguise) disguiseUser(members, disguise, changes)
  if (body.includes(foreignMark)) dropForeignThoughts(members, changes)
  return { body: members.edit(changes), adapted: [...adapted] }
}

/** Clouds that run the models themselves have the model in the address, and one of them whether the answer is streamed, too. */
function addressModel(
  members: JsonMembers<string>,
  { upstreamModel, stream, traits }: TargetEdits,
  changes: Changes,
): void {
  const version = isPlatformVersion(traits) ? (traits.anthropicVersion ?? '') : null
  changes['model'] = version === null ? JSON.stringify(upstreamModel) : null
  if (version !== null) changes['anthropic_version'] = JSON.stringify(version)
  if (version?.startsWith('bedrock-') === true) changes['stream'] = null
  else if ((members.read('stream') === true) !== stream) changes['stream'] = String(stream)
}

function disguiseUser(members: JsonMembers<string>, disguise: Disguise, changes: Changes): void {
  const metadata = members.read('metadata')
  if (!isObject(metadata) || changes['metadata'] === null) return
  const { user_id: user } = metadata
  if (typeof user !== 'string') return
  changes['metadata'] = JSON.stringify({ ...metadata, user_id: disguise(user) })
}

function limitTokens(
  members: JsonMembers<string>,
  cap: number | null,
  changes: Changes,
  adapted: Set<string>,
): void {
  if (cap === null) return
  const asked = members.read('max_tokens')
  if (typeof asked === 'number' && asked <= cap) return
  changes['max_tokens'] = String(cap)
  adapted.add('max_tokens')
}

/** Written anew only where a tool has a member of a beta that the target lacks. */
function editTools(
  members: JsonMembers<string>,
  traits: Traits,
  changes: Changes,
  adapted: Set<string>,
): void {
  const refused = refusedToolMembers(traits)
  if (refused.length === 0 || 'tools' in changes) return
  const tools = members.read('tools')
  if (!Array.isArray(tools)) return
  const edited = (tools as unknown[]).map((tool) =>
    isObject(tool) && refused.some((name) => name in tool) ? without(tool, refused) : tool,
  )
  if (edited.every((tool, i) => tool === tools[i])) return
  changes['tools'] = JSON.stringify(edited)
  adapted.add('tools')
}

/** Blocks whose signature Anthropic did not make are refused (T24); of calls, only the signature goes. */
function dropForeignThoughts(members: JsonMembers<string>, changes: Changes): void {
  const messages = members.read('messages')
  if (!Array.isArray(messages)) return
  const kept: unknown[] = []
  let changed = false
  for (const message of messages as unknown[]) {
    const content = isObject(message) ? message['content'] : null
    if (!isObject(message) || !Array.isArray(content)) {
      kept.push(message)
      continue
    }
    const blocks = (content as unknown[]).flatMap((block) => {
      if (!isObject(block) || !isForeign(block['signature'])) return [block]
      changed = true
      return block['type'] === 'thinking' ? [] : [without(block, ['signature'])]
    })
    if (blocks.length > 0) kept.push({ ...message, content: blocks })
  }
  if (changed) changes['messages'] = JSON.stringify(kept)
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}
