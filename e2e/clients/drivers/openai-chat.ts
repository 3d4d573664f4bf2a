import type OpenAI from 'openai'
import { toFile } from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import {
  type Answer,
  type CreateDriver,
  type Question,
  reportSchema,
  toolInputSchema,
} from '../lab/driver.ts'
import { openAiClient } from './openai-client.ts'

/** The official SDK on `/v1/chat/completions`, with its own stream and tool helpers. */
export const createDriver: CreateDriver = (connection) => {
  const client = openAiClient(connection)
  return {
    async ask(question) {
      const body = { model: question.model, messages: messages(question) }
      if (!question.stream) return answer(await client.chat.completions.create(body), 1)
      const stream = client.chat.completions.stream({
        ...body,
        stream_options: { include_usage: true },
      })
      let pieces = 0
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) pieces += 1
      return answer(await stream.finalChatCompletion(), pieces)
    },

    async useTools(question, toolNames, run) {
      const body = {
        model: question.model,
        messages: messages(question),
        tools: toolNames.map((name) => ({
          type: 'function' as const,
          function: {
            name,
            description: name,
            parameters: toolInputSchema,
            parse: (text: string) => JSON.parse(text) as object,
            function: (input: object) => run(name, input),
          },
        })),
      }
      const runner = question.stream
        ? client.chat.completions.runTools({ ...body, stream: true })
        : client.chat.completions.runTools(body)
      return (await runner.finalContent()) ?? ''
    },

    async report(question) {
      const { choices } = await client.chat.completions.parse({
        model: question.model,
        messages: messages(question),
        response_format: zodResponseFormat(reportSchema, 'report'),
      })
      return choices[0]?.message.parsed
    },

    async embed(model, texts, encoding) {
      // Base64 is what the SDK asks for when its user asks for nothing.
      const format = encoding === 'float' ? { encoding_format: encoding } : {}
      const { data } = await client.embeddings.create({ model, input: [...texts], ...format })
      return data.map(({ embedding }) => embedding)
    },

    async draw(model, prompt) {
      const body = { model, prompt, response_format: 'b64_json' as const }
      const { data } = await client.images.generate(body)
      return data?.[0]?.b64_json ?? ''
    },

    async speak(model, input) {
      const sound = await client.audio.speech.create({ model, input, voice: 'alloy' })
      return Buffer.from(await sound.arrayBuffer()).toString('base64')
    },

    async transcribe(model, wav) {
      const file = await toFile(Buffer.from(wav, 'base64'), 'said.wav')
      const { text } = await client.audio.transcriptions.create({ model, file })
      return text
    },

    async models() {
      const ids: string[] = []
      for await (const { id } of client.models.list()) ids.push(id)
      return ids
    },
  }
}

function messages({ prompt, image }: Question): OpenAI.ChatCompletionMessageParam[] {
  if (image === undefined) return [{ role: 'user', content: prompt }]
  const url = `data:image/png;base64,${image}`
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: `${prompt} ` },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ]
}

function answer({ choices, usage }: OpenAI.ChatCompletion, pieces: number): Answer {
  return {
    text: choices[0]?.message.content ?? '',
    pieces,
    reasoning: '',
    usage: usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : null,
  }
}
