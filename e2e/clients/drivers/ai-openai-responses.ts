import { createOpenAI } from '@ai-sdk/openai'
import type { CreateDriver } from '../lab/driver.ts'
import { createAiDriver } from './ai.ts'

/** What `openai('model')` gives: `/v1/responses`. */
export const createDriver: CreateDriver = (connection) => {
  const { api, key, headers } = connection
  const openai = createOpenAI({ baseURL: `${api}/v1`, apiKey: key, headers: { ...headers } })
  const reasoning = {
    openai: { reasoningEffort: 'low', reasoningSummary: 'auto', forceReasoning: true },
  }
  const embeddingModel = (id: string) => openai.embeddingModel(id)
  return createAiDriver({ model: (id) => openai(id), embeddingModel, reasoning }, connection)
}
