import type { ChatMessage, ToolCallLLMMessageOptions } from '@llamaindex/core/llms'
import { OpenAI, OpenAIEmbedding } from '@llamaindex/openai'
import {
  type CreateDriver,
  maxTurns,
  type Question,
  reportSchema,
  toolInputSchema,
} from '../lab/driver.ts'

type Message = ChatMessage<ToolCallLLMMessageOptions>

/** LlamaIndex's OpenAI package, on `/v1/chat/completions`. It sends `temperature` and `top_p` with every call. */
export const createDriver: CreateDriver = ({ api, key, retries, headers }) => {
  const settings = {
    apiKey: key,
    baseURL: `${api}/v1`,
    maxRetries: retries,
    additionalSessionOptions: { defaultHeaders: headers },
  }
  return {
    async ask(question) {
      const llm = new OpenAI({ ...settings, model: question.model })
      if (!question.stream) {
        const { message, raw } = await llm.chat({ messages: [userMessage(question)] })
        return { text: textOf(message), pieces: 1, reasoning: '', usage: usageOf(raw) }
      }
      const additionalChatOptions = { stream_options: { include_usage: true } }
      const stream = await llm.chat({
        messages: [userMessage(question)],
        stream: true,
        additionalChatOptions,
      })
      let [text, pieces] = ['', 0]
      let usage: ReturnType<typeof usageOf> = null
      for await (const { delta, raw } of stream) {
        text += delta
        if (delta !== '') pieces += 1
        usage = usageOf(raw) ?? usage
      }
      return { text, pieces, reasoning: '', usage }
    },

    async useTools(question, toolNames, run) {
      const llm = new OpenAI({ ...settings, model: question.model })
      const tools = toolNames.map((name) => ({
        call: (input: unknown) => run(name, input),
        metadata: { name, description: name, parameters: toolInputSchema },
      }))
      const messages: Message[] = [userMessage(question)]
      for (let turn = 0; turn < maxTurns; turn++) {
        if (question.stream) {
          const result = await llm.exec({ messages, tools, stream: true })
          let text = ''
          for await (const { delta } of result.stream) text += delta
          messages.push(...result.newMessages())
          if (result.toolCalls.length === 0) return text
        } else {
          const result = await llm.exec({ messages, tools })
          messages.push(...result.newMessages)
          const last = result.newMessages.at(-1)
          if (result.toolCalls.length === 0) return last ? textOf(last) : ''
        }
      }
      throw new Error('the model goes on calling tools')
    },

    async report(question) {
      const llm = new OpenAI({ ...settings, model: question.model })
      const { message } = await llm.chat({
        messages: [userMessage(question)],
        responseFormat: reportSchema,
      })
      return JSON.parse(textOf(message)) as unknown
    },

    embed: (model, texts) =>
      new OpenAIEmbedding({ ...settings, model }).getTextEmbeddings([...texts]),
  }
}

function userMessage({ prompt, image }: Question): Message {
  if (image === undefined) return { role: 'user', content: prompt }
  return {
    role: 'user',
    content: [
      { type: 'text', text: `${prompt} ` },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
    ],
  }
}

function textOf({ content }: Message): string {
  return typeof content === 'string' ? content : ''
}

function usageOf(raw: object | null) {
  const { usage } = (raw ?? {}) as {
    usage?: { prompt_tokens: number; completion_tokens: number } | null
  }
  return usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : null
}
