import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import {
  AIMessageChunk,
  HumanMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import {
  type Answer,
  type Driver,
  maxTurns,
  type Question,
  reportSchema,
  toolInput,
} from '../lab/driver.ts'

/** LangChain's interface, the same for both of its packages. `modelFor` gives the model that a question is for. */
export function createLangChainDriver(modelFor: (question: Question) => BaseChatModel): Driver {
  return {
    async ask(question) {
      const model = modelFor(question)
      if (!question.stream) return answer(await model.invoke([message(question)]), 1)
      const stream = await model.stream([message(question)])
      let whole = new AIMessageChunk('')
      let pieces = 0
      for await (const chunk of stream) {
        if (chunk.text !== '') pieces += 1
        whole = whole.concat(chunk)
      }
      return answer(whole, pieces)
    },

    async useTools(question, toolNames, run) {
      const tools = toolNames.map((name) =>
        tool((input) => run(name, input), { name, description: name, schema: toolInput }),
      )
      const model = modelFor(question).bindTools?.(tools)
      if (!model) throw new Error('this model takes no tools')
      const messages: (HumanMessage | ToolMessage | AIMessageChunk)[] = [message(question)]
      for (let turn = 0; turn < maxTurns; turn++) {
        let reply = new AIMessageChunk('')
        if (question.stream)
          for await (const chunk of await model.stream(messages)) reply = reply.concat(chunk)
        else reply = (await model.invoke(messages)) as unknown as AIMessageChunk
        messages.push(reply)
        const calls = reply.tool_calls ?? []
        if (calls.length === 0) return reply.text
        for (const call of calls) {
          const content = run(call.name, call.args)
          messages.push(new ToolMessage({ content, tool_call_id: call.id ?? '' }))
        }
      }
      throw new Error('the model goes on calling tools')
    },

    report: (question) =>
      modelFor(question)
        .withStructuredOutput(reportSchema, { method: 'jsonSchema' })
        .invoke([message(question)]),
  }
}

function message({ prompt, image }: Question): HumanMessage {
  if (image === undefined) return new HumanMessage(prompt)
  const url = `data:image/png;base64,${image}`
  return new HumanMessage({
    content: [
      { type: 'text', text: `${prompt} ` },
      { type: 'image_url', image_url: { url } },
    ],
  })
}

function answer(reply: AIMessageChunk, pieces: number): Answer {
  const usage = reply.usage_metadata as UsageMetadata | undefined
  const reasoning = reply.contentBlocks.map((block) =>
    block.type === 'reasoning' ? block.reasoning : '',
  )
  return {
    text: reply.text,
    pieces,
    reasoning: reasoning.join(''),
    usage: usage ? { input: usage.input_tokens, output: usage.output_tokens } : null,
  }
}
