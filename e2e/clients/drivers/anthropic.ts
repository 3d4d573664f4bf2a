import type Anthropic from '@anthropic-ai/sdk'
import {
  type Answer,
  type Connection,
  type Driver,
  maxTokens,
  maxTurns,
  type Question,
  reportSchema,
  toolInputSchema,
} from '../lab/driver.ts'

/** What differs between the majors of the SDK. */
export interface AnthropicMajor {
  readonly Anthropic: typeof Anthropic
  readonly zodOutputFormat: (schema: typeof reportSchema) => Anthropic.JSONOutputFormat
}

/** The official SDK on `/v1/messages`; its tool runner goes to `/v1/messages?beta=true`. */
export function createAnthropicDriver(
  { Anthropic: Client, zodOutputFormat }: AnthropicMajor,
  { api, key, retries, headers }: Connection,
): Driver {
  const client = new Client({
    baseURL: api,
    apiKey: key,
    maxRetries: retries,
    defaultHeaders: headers,
  })
  return {
    async ask(question) {
      const body = {
        model: question.model,
        max_tokens: maxTokens,
        messages: messages(question),
        ...(question.reasoning
          ? { thinking: { type: 'enabled' as const, budget_tokens: 1_024 } }
          : {}),
      }
      if (!question.stream) return answer(await client.messages.create(body), 1)
      let pieces = 0
      const stream = client.messages.stream(body).on('text', () => (pieces += 1))
      return answer(await stream.finalMessage(), pieces)
    },

    async useTools(question, toolNames, run) {
      const body = {
        model: question.model,
        max_tokens: maxTokens,
        max_iterations: maxTurns,
        messages: [{ role: 'user' as const, content: question.prompt }],
        tools: toolNames.map((name) => ({
          type: 'custom' as const,
          name,
          description: name,
          input_schema: { ...toolInputSchema, required: [...toolInputSchema.required] },
          parse: (input: unknown) => input,
          run: (input: unknown) => run(name, input),
        })),
      }
      const last = question.stream
        ? await client.beta.messages.toolRunner({ ...body, stream: true }).runUntilDone()
        : await client.beta.messages.toolRunner(body).runUntilDone()
      return textOf(last.content)
    },

    async report(question) {
      const { parsed_output: report } = await client.messages.parse({
        model: question.model,
        max_tokens: maxTokens,
        messages: messages(question),
        output_config: { format: zodOutputFormat(reportSchema) },
      })
      return report
    },

    async countTokens(question) {
      const body = { model: question.model, messages: messages(question) }
      return (await client.messages.countTokens(body)).input_tokens
    },

    async models() {
      const ids: string[] = []
      for await (const { id } of client.models.list()) ids.push(id)
      return ids
    },
  }
}

function messages({ prompt, image }: Question): Anthropic.MessageParam[] {
  if (image === undefined) return [{ role: 'user', content: prompt }]
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: `${prompt} ` },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
      ],
    },
  ]
}

function answer({ content, usage }: Anthropic.Message, pieces: number): Answer {
  const thoughts = content.map((block) => (block.type === 'thinking' ? block.thinking : ''))
  return {
    text: textOf(content),
    pieces,
    reasoning: thoughts.join(''),
    usage: { input: usage.input_tokens, output: usage.output_tokens },
  }
}

function textOf(content: readonly { type: string; text?: unknown }[]): string {
  return content.map((block) => (typeof block.text === 'string' ? block.text : '')).join('')
}
