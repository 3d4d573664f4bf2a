import { createAnthropic } from '@ai-sdk/anthropic'
import type { CreateDriver } from '../lab/driver.ts'
import { createAiDriver } from './ai.ts'

/** `/v1/messages`. */
export const createDriver: CreateDriver = (connection) => {
  const { api, key, headers } = connection
  const anthropic = createAnthropic({ baseURL: `${api}/v1`, apiKey: key, headers: { ...headers } })
  const reasoning = { anthropic: { thinking: { type: 'enabled', budgetTokens: 1_024 } } }
  return createAiDriver({ model: (id) => anthropic(id), reasoning }, connection)
}
