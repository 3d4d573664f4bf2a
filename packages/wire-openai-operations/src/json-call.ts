import { callerNames, disguiseMembers } from '@sluice/wire/caller-names'
import { type JsonMembers, scanMembers } from '@sluice/wire/splice'
import type { EncodedOperation, Payload } from '@sluice/wire/operation-format'
import type { TargetEdits } from '@sluice/wire/wire-format'

export const jsonType = 'application/json'

/** `https://host/v1` and the operation's path. */
export function operationUrl(path: string): (baseUrl: string) => string {
  return (baseUrl) => `${baseUrl.replace(/\/+$/, '')}/${path}`
}

/** The caller's bytes with the provider's model name, without what this one model refuses, with names that are another's at every tenant. `more`: further members that are edited. */
export function passJson<const Name extends string = never>(
  { data }: Payload,
  { upstreamModel, traits, disguise }: TargetEdits,
  names: readonly Name[] = [],
  more: (members: JsonMembers<string>) => Partial<Record<Name, string | null>> = () => ({}),
): EncodedOperation {
  const refused = traits.refuses ?? []
  const named = disguise ? callerNames : []
  const members = scanMembers<string>(data, ['model', ...names, ...refused, ...named])
  const changes: Record<string, string | null> = { model: JSON.stringify(upstreamModel) }
  const adapted: string[] = []
  for (const name of refused) {
    if (members.read(name) === undefined) continue
    changes[name] = null
    adapted.push(name)
  }
  Object.assign(changes, more(members))
  if (disguise) disguiseMembers(members, disguise, changes)
  return { data: members.edit(changes), contentType: jsonType, adapted }
}
