import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { CreateDriver } from '../lab/driver.ts'
import { createAiDriver } from './ai.ts'

/** `/v1/chat/completions`, as the README tells people to connect. */
export const createDriver: CreateDriver = (connection) => {
  const { api, key, headers } = connection
  const sluice = createOpenAICompatible({
    name: 'sluice',
    baseURL: `${api}/v1`,
    apiKey: key,
    headers: { ...headers },
    includeUsage: true,
    supportsStructuredOutputs: true,
  })
  const reasoning = { sluice: { reasoningEffort: 'low' } }
  const embeddingModel = (id: string) => sluice.embeddingModel(id)
  return createAiDriver({ model: (id) => sluice(id), embeddingModel, reasoning }, connection)
}
