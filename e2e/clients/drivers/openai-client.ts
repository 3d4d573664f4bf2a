import OpenAI from 'openai'
import type { Connection } from '../lab/driver.ts'

export function openAiClient({ api, key, retries, headers }: Connection): OpenAI {
  return new OpenAI({
    baseURL: `${api}/v1`,
    apiKey: key,
    maxRetries: retries,
    defaultHeaders: headers,
  })
}
