import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import type { CreateDriver } from '../lab/driver.ts'
import { createLangChainDriver } from './langchain.ts'

/** `/v1/chat/completions`. */
export const createDriver: CreateDriver = ({ api, key, retries, headers }) => {
  const configuration = { baseURL: `${api}/v1`, defaultHeaders: headers }
  const settings = { apiKey: key, maxRetries: retries, configuration }
  const driver = createLangChainDriver(({ model }) => new ChatOpenAI({ ...settings, model }))
  return {
    ...driver,
    embed: (model, texts, encoding) => {
      // Base64 is what its OpenAI SDK asks for when its user asks for nothing.
      const format = encoding === 'float' ? { encodingFormat: encoding } : {}
      return new OpenAIEmbeddings({ ...settings, model, ...format }).embedDocuments([...texts])
    },
  }
}
