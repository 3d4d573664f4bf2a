import {
  Agent,
  type AgentInputItem,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import {
  type CreateDriver,
  maxTurns,
  type Question,
  reportSchema,
  toolInput,
} from '../lab/driver.ts'
import { openAiClient } from './openai-client.ts'

/** The Agents SDK, on `/v1/responses`. */
export const createDriver: CreateDriver = (connection) => {
  setTracingDisabled(true) // it would be sent to OpenAI
  const openAIClient = openAiClient(connection)
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient }) })
  const agentFor = ({ model, reasoning }: Question) => ({
    name: 'lab',
    model,
    modelSettings: reasoning
      ? { reasoning: { effort: 'low' as const, summary: 'auto' as const } }
      : {},
  })
  return {
    async ask(question) {
      const agent = new Agent(agentFor(question))
      if (!question.stream) {
        const result = await runner.run(agent, input(question), { maxTurns })
        return {
          text: result.finalOutput ?? '',
          pieces: 1,
          reasoning: reasoningOf(result.output),
          usage: countsOf(result.rawResponses),
        }
      }
      const result = await runner.run(agent, input(question), { maxTurns, stream: true })
      let pieces = 0
      for await (const event of result)
        if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta')
          pieces += 1
      await result.completed
      return {
        text: result.finalOutput ?? '',
        pieces,
        reasoning: reasoningOf(result.output),
        usage: countsOf(result.rawResponses),
      }
    },

    async useTools(question, toolNames, run) {
      const tools = toolNames.map((name) =>
        tool({
          name,
          description: name,
          parameters: toolInput,
          execute: (parameters) => run(name, parameters),
        }),
      )
      const agent = new Agent({ ...agentFor(question), tools })
      if (!question.stream)
        return (await runner.run(agent, input(question), { maxTurns })).finalOutput ?? ''
      const result = await runner.run(agent, input(question), { maxTurns, stream: true })
      await result.completed
      return result.finalOutput ?? ''
    },

    async report(question) {
      const agent = new Agent({ ...agentFor(question), outputType: reportSchema })
      return (await runner.run(agent, input(question), { maxTurns })).finalOutput
    },
  }
}

function input({ prompt, image }: Question): AgentInputItem[] {
  const text = { type: 'input_text' as const, text: `${prompt} ` }
  const picture = { type: 'input_image' as const, image: `data:image/png;base64,${image ?? ''}` }
  return [{ role: 'user', content: image === undefined ? prompt : [text, picture] }]
}

function reasoningOf(items: readonly AgentInputItem[]): string {
  return items
    .flatMap((item) => (item.type === 'reasoning' ? item.content.map(({ text }) => text) : []))
    .join('')
}

function countsOf(responses: readonly { usage: { inputTokens: number; outputTokens: number } }[]) {
  const usage = responses.at(-1)?.usage
  return usage ? { input: usage.inputTokens, output: usage.outputTokens } : null
}
