import { isObject, type JsonObject } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { snakeCase } from './member.ts'

/** Names in `generationConfig` of what OpenAI calls otherwise. */
const configNames: Readonly<Record<string, string>> = {
  top_p: 'topP',
  top_k: 'topK',
  stop: 'stopSequences',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  reasoning_effort: 'thinkingConfig',
}

/**
 * The caller's bytes without what stands in the address (`model`, `stream`), and with the cap on the answer and what this one model refuses
 * edited in the generation's configuration.
 */
export function passRequest(body: Buffer, { maxTokens: cap, traits }: TargetEdits): EncodedRequest {
  const members = scanMembers(body, ['model', 'stream', 'generationConfig', 'generation_config'])
  const changes: Partial<
    Record<'model' | 'stream' | 'generationConfig' | 'generation_config', string | null>
  > = {
    model: null,
    stream: null,
  }
  const adapted: string[] = []
  const given = members.read('generationConfig') ?? members.read('generation_config')
  const config: JsonObject = isObject(given) ? { ...given } : {}
  for (const name of traits.refuses ?? []) {
    const own = configNames[name] ?? name
    for (const spelled of [own, snakeCase(own)]) {
      if (!(spelled in config)) continue
      delete config[spelled]
      adapted.push(name)
    }
  }
  const limit = config['maxOutputTokens'] ?? config['max_output_tokens']
  if (cap !== null && !(typeof limit === 'number' && limit <= cap)) {
    delete config['max_output_tokens']
    config['maxOutputTokens'] = cap
    adapted.push('max_tokens')
  }
  if (adapted.length > 0) {
    changes.generationConfig = JSON.stringify(config)
    changes.generation_config = null
  }
  return { body: members.edit(changes), adapted }
}
