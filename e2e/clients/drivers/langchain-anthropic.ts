import { ChatAnthropic } from '@langchain/anthropic'
import { type CreateDriver, maxTokens } from '../lab/driver.ts'
import { createLangChainDriver } from './langchain.ts'

/** `/v1/messages`. */
export const createDriver: CreateDriver = ({ api, key, retries, headers }) =>
  createLangChainDriver(
    ({ model, reasoning }) =>
      new ChatAnthropic({
        model,
        maxTokens,
        apiKey: key,
        anthropicApiUrl: api,
        maxRetries: retries,
        clientOptions: { defaultHeaders: headers },
        ...(reasoning ? { thinking: { type: 'enabled', budget_tokens: 1_024 } } : {}),
      }),
  )
