import { createOpenAI } from '@ai-sdk/openai'
import type { CreateDriver } from '../lab/driver.ts'
import { createAiDriver } from './ai.ts'

/** `/v1/chat/completions`. */
export const createDriver: CreateDriver = (connection) => {
  const { api, key, headers } = connection
  const openai = createOpenAI({ baseURL: `${api}/v1`, apiKey: key, headers: { ...headers } })
  return createAiDriver({ model: (id) => openai.chat(id) }, connection)
}
