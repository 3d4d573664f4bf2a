import {
  embedMany,
  type EmbeddingModel,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai'
import {
  type Connection,
  type Driver,
  maxTurns,
  type Question,
  reportSchema,
  toolInput,
} from '../lab/driver.ts'

/** What a provider package of the AI SDK makes. */
export interface AiProvider {
  readonly model: (id: string) => LanguageModel
  readonly embeddingModel?: (id: string) => EmbeddingModel
  /** How its users ask for reasoning. */
  readonly reasoning?: NonNullable<Parameters<typeof generateText>[0]['providerOptions']>
}

export function createAiDriver(provider: AiProvider, { retries }: Connection): Driver {
  const { reasoning: providerOptions = {}, embeddingModel } = provider
  const callOf = (question: Question) => ({
    model: provider.model(question.model),
    messages: messages(question),
    maxRetries: retries,
    ...(question.reasoning ? { providerOptions } : {}),
  })
  return {
    async ask(question) {
      if (!question.stream) {
        const { text, reasoningText, usage } = await generateText(callOf(question))
        return { text, pieces: 1, reasoning: reasoningText ?? '', usage: countsOf(usage) }
      }
      const result = streamText({ ...callOf(question), onError: () => undefined })
      let [text, reasoning, pieces] = ['', '', 0]
      for await (const part of result.fullStream) {
        // Thrown by `result.text` as something that does not name its cause.
        if (part.type === 'error') throw part.error
        if (part.type === 'reasoning-delta') reasoning += part.text
        if (part.type !== 'text-delta') continue
        text += part.text
        pieces += 1
      }
      return { text, pieces, reasoning, usage: countsOf(await result.usage) }
    },

    async useTools(question, toolNames, run) {
      const tools = Object.fromEntries(
        toolNames.map((name) => [
          name,
          tool({
            description: name,
            inputSchema: toolInput,
            execute: (input) => Promise.resolve(run(name, input)),
          }),
        ]),
      )
      const call = { ...callOf(question), tools, stopWhen: isStepCount(maxTurns) }
      if (question.stream) return streamText(call).text
      return (await generateText(call)).text
    },

    async report(question) {
      const output = Output.object({ schema: reportSchema })
      return (await generateText({ ...callOf(question), output })).output
    },

    ...(embeddingModel
      ? {
          async embed(model: string, texts: readonly string[]) {
            const values = [...texts]
            const { embeddings } = await embedMany({ model: embeddingModel(model), values })
            return embeddings
          },
        }
      : {}),
  }
}

function messages({ prompt, image }: Question): ModelMessage[] {
  if (image === undefined) return [{ role: 'user', content: prompt }]
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: `${prompt} ` },
        { type: 'file', data: image, mediaType: 'image/png' },
      ],
    },
  ]
}

function countsOf({
  inputTokens,
  outputTokens,
}: {
  inputTokens: number | undefined
  outputTokens: number | undefined
}) {
  return inputTokens === undefined || outputTokens === undefined
    ? null
    : { input: inputTokens, output: outputTokens }
}
