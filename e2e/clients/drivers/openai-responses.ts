import type OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import {
  type Answer,
  type CreateDriver,
  maxTurns,
  type Question,
  reportSchema,
  toolInputSchema,
} from '../lab/driver.ts'
import { openAiClient } from './openai-client.ts'

/** The official SDK on `/v1/responses`. */
export const createDriver: CreateDriver = (connection) => {
  const client = openAiClient(connection)

  async function respond(
    body: OpenAI.Responses.ResponseCreateParamsNonStreaming,
    stream: boolean,
  ): Promise<{ response: OpenAI.Responses.Response; pieces: number }> {
    if (!stream) return { response: await client.responses.create(body), pieces: 1 }
    const events = client.responses.stream(body as Parameters<typeof client.responses.stream>[0])
    let pieces = 0
    for await (const event of events) {
      if (event.type === 'response.output_text.delta') pieces += 1
      // The SDK hands failures of a running answer to its user as events.
      if (event.type === 'response.failed') throw new Error(event.response.error?.message)
      if (event.type === 'error') throw new Error(event.message)
    }
    return { response: await events.finalResponse(), pieces }
  }

  return {
    async ask(question) {
      const reasoning = question.reasoning
        ? { reasoning: { effort: 'low' as const, summary: 'auto' as const } }
        : {}
      const body = { model: question.model, input: input(question), store: false, ...reasoning }
      const { response, pieces } = await respond(body, question.stream)
      return answer(response, pieces)
    },

    async useTools(question, toolNames, run) {
      const tools = toolNames.map((name) => ({
        type: 'function' as const,
        name,
        description: name,
        parameters: toolInputSchema,
        strict: true,
      }))
      const items: OpenAI.Responses.ResponseInput = input(question)
      for (let turn = 0; turn < maxTurns; turn++) {
        const body = { model: question.model, input: items, tools, store: false }
        const { response } = await respond(body, question.stream)
        const calls = response.output.filter((item) => item.type === 'function_call')
        if (calls.length === 0) return response.output_text
        items.push(...(response.output as OpenAI.Responses.ResponseInput))
        for (const { call_id, name, arguments: text } of calls) {
          const output = run(name, JSON.parse(text))
          items.push({ type: 'function_call_output', call_id, output })
        }
      }
      throw new Error('the model goes on calling tools')
    },

    async report(question) {
      const response = await client.responses.parse({
        model: question.model,
        input: input(question),
        text: { format: zodTextFormat(reportSchema, 'report') },
      })
      return response.output_parsed
    },
  }
}

function input({ prompt, image }: Question): OpenAI.Responses.ResponseInput {
  if (image === undefined) return [{ role: 'user', content: prompt }]
  return [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: `${prompt} ` },
        {
          type: 'input_image',
          image_url: `data:image/png;base64,${image}`,
          detail: 'auto',
        },
      ],
    },
  ]
}

function answer({ output, output_text, usage }: OpenAI.Responses.Response, pieces: number): Answer {
  const reasoning = output.flatMap((item) =>
    item.type === 'reasoning' ? item.summary.map(({ text }) => text) : [],
  )
  return {
    text: output_text,
    pieces,
    reasoning: reasoning.join(''),
    usage: usage ? { input: usage.input_tokens, output: usage.output_tokens } : null,
  }
}
