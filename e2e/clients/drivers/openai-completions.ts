import type { CreateDriver } from '../lab/driver.ts'
import { openAiClient } from './openai-client.ts'

/** The official SDK on `/v1/completions`, which OpenAI calls legacy and many tools still use. */
export const createDriver: CreateDriver = (connection) => {
  const client = openAiClient(connection)
  return {
    async ask({ model, prompt, stream }) {
      let text = ''
      let pieces = 0
      let usage: { prompt_tokens: number; completion_tokens: number } | null | undefined
      if (stream) {
        const body = { model, prompt, stream: true as const }
        const chunks = await client.completions.create({
          ...body,
          stream_options: { include_usage: true },
        })
        for await (const chunk of chunks) {
          const piece = chunk.choices[0]?.text ?? ''
          text += piece
          if (piece !== '') pieces += 1
          usage = chunk.usage ?? usage
        }
      } else {
        const completion = await client.completions.create({ model, prompt })
        text = completion.choices[0]?.text ?? ''
        pieces = 1
        usage = completion.usage
      }
      return {
        text,
        pieces,
        reasoning: '',
        usage: usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : null,
      }
    },
  }
}
