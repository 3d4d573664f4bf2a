import type { ProviderRow } from '@sluice/contracts/rows/provider-row'
import type { ConfigurationFile } from './configuration-file.ts'
import { lackingOptions } from './lacking-options.ts'
import { environmentProviderNames } from './environment-providers.ts'
import type { FileProblem } from './read-configuration-file.ts'

/** What a schema cannot see: names that must be unique, and names that must exist. */
export function checkReferences(file: ConfigurationFile): FileProblem[] {
  const problems: FileProblem[] = []
  const unique = (list: 'providers' | 'models' | 'keys') => {
    const seen = new Set<string>()
    for (const [index, { name }] of file[list].entries()) {
      if (seen.has(name))
        problems.push({ path: [list, index, 'name'], message: `${name} is there twice` })
      seen.add(name)
    }
    return seen
  }
  const providers = unique('providers')
  const models = unique('models')
  unique('keys')

  const owners = new Map<string, string>()
  for (const [index, { name, key }] of file.keys.entries()) {
    const owner = owners.get(key)
    if (owner !== undefined)
      problems.push({ path: ['keys', index, 'key'], message: `is the key of ${owner} as well` })
    owners.set(key, name)
  }
  for (const [index, model] of file.models.entries()) {
    // A model may be put to a provider of the environment, to give it a price or a limit.
    if (!providers.has(model.provider) && !environmentProviderNames.has(model.provider)) {
      problems.push({
        path: ['models', index, 'provider'],
        message: `no provider named ${model.provider}`,
      })
    }
    if (model.price === undefined) {
      const message = 'has no price: give one in USD per 1M tokens, or write price: free'
      problems.push({ path: ['models', index], message })
    }
  }
  // Of a provider that is the file's alone, the file has all models: whatever else has a prefix may be known elsewhere.
  const isThere = (name: string) => {
    const slash = name.indexOf('/')
    const owner = name.slice(0, Math.max(0, slash))
    const isOfFile = providers.has(owner) && !environmentProviderNames.has(owner)
    return models.has(name) || (slash >= 0 && !isOfFile)
  }
  for (const [index, { name, fallbacks = [] }] of file.models.entries()) {
    for (const [place, fallback] of fallbacks.entries()) {
      const path = ['models', index, 'fallbacks', place]
      if (fallback === name) problems.push({ path, message: 'is the model itself' })
      else if (!isThere(fallback)) problems.push({ path, message: `no model named ${fallback}` })
    }
  }
  problems.push(...file.providers.flatMap(missingOptions))
  for (const [alias, { model }] of Object.entries(file.aliases)) {
    if (models.has(alias))
      problems.push({ path: ['aliases', alias], message: 'a model has the same name' })
    if (!isThere(model)) {
      problems.push({ path: ['aliases', alias, 'model'], message: `no model named ${model}` })
    }
  }
  return problems
}

function missingOptions(row: ProviderRow, index: number): FileProblem[] {
  return lackingOptions(row).map((message) => ({ path: ['providers', index, 'options'], message }))
}
