import { isObject, type JsonObject } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'

type Changes = Partial<Record<'model' | 'stream' | 'options', string>>

/** The caller's bytes with the provider's model name, `stream`, and in `options` the cap on the answer and what this one model refuses. */
export function passRequest(body: Buffer, target: TargetEdits): EncodedRequest {
  const members = scanMembers(body, ['model', 'stream', 'options'])
  const changes: Changes = { model: JSON.stringify(target.upstreamModel) }
  const adapted: string[] = []
  if ((members.read('stream') !== false) !== target.stream) changes.stream = String(target.stream)
  const given = members.read('options')
  const options = editOptions(isObject(given) ? given : {}, target, adapted)
  if (options) changes.options = JSON.stringify(options)
  return { body: members.edit(changes), adapted }
}

/** Null = they stay as they are. */
function editOptions(
  given: JsonObject,
  { maxTokens: cap, traits }: TargetEdits,
  adapted: string[],
): JsonObject | null {
  const options = { ...given }
  for (const name of traits.refuses ?? []) {
    if (!(name in options)) continue
    delete options[name]
    adapted.push(name)
  }
  const { num_predict: limit } = options
  // Ollama reads anything below 1 as no limit.
  if (cap !== null && !(typeof limit === 'number' && limit > 0 && limit <= cap)) {
    options['num_predict'] = cap
    adapted.push('max_tokens')
  }
  return adapted.length > 0 ? options : null
}
