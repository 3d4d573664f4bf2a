import { describeWireFormat } from '@sluice/wire-testing'
import type { Message } from '@sluice/wire/canonical-request'
import { createCallIds } from '@sluice/wire/tool-identity'
import { gemini } from './gemini.ts'

/** As an edge has to write it, that takes this dialect: what stands in the address goes into the body. */
const atTheEdge = {
  ...gemini,
  encodeRequest: (...[request, target]: Parameters<typeof gemini.encodeRequest>) => {
    const encoded = gemini.encodeRequest(request, {
      ...target,
      traits: { replaysReasoning: false },
    })
    const body = JSON.parse(encoded.body.toString()) as object
    return {
      ...encoded,
      body: Buffer.from(JSON.stringify({ model: target.upstreamModel, ...body })),
    }
  },
}

/** Calls have no ids there: they are counted again. */
function recounted(messages: readonly Message[]): Message[] {
  const ids = createCallIds('')
  const known = new Map<string, string>()
  return messages.map((message) => {
    if (message.role === 'assistant') {
      const content = message.content.map((part) => {
        if (part.type !== 'tool-call') return part
        const id = ids.next(null)
        known.set(part.id, id)
        return { ...part, id }
      })
      return { ...message, content }
    }
    if (message.role !== 'tool') return message
    const results = message.results.map((result) => ({
      ...result,
      callId: known.get(result.callId) ?? result.callId,
    }))
    return { ...message, results }
  })
}

describeWireFormat({
  format: atTheEdge,
  requestForm: (request) => ({
    ...request,
    messages: recounted(request.messages),
    // A tool without parameters has none at all.
    tools: request.tools.map((tool) =>
      tool.type === 'function' && tool.name === 'get_time'
        ? { ...tool, parameters: { type: 'object', properties: {} } }
        : tool,
    ),
    responseFormat:
      request.responseFormat?.type === 'json-schema'
        ? { ...request.responseFormat, name: 'answer', strict: null }
        : request.responseFormat,
    reasoning: request.reasoning && { effort: null, budgetTokens: 8_192, visible: null },
  }),
})
