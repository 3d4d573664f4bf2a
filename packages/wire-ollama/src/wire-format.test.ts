import { describeWireFormat } from '@sluice/wire-testing'
import { ollama } from './ollama.ts'

describeWireFormat({
  format: ollama,
  // There is no choice between tools but by sending fewer of them, and a schema has no name.
  requestForm: (request) => ({
    ...request,
    tools:
      request.toolChoice?.type === 'tool'
        ? request.tools.filter((tool) => tool.type === 'function' && tool.name === 'get_weather')
        : request.tools,
    toolChoice: null,
    responseFormat: request.responseFormat && {
      ...request.responseFormat,
      ...(request.responseFormat.type === 'json-schema' ? { name: 'answer', strict: null } : {}),
    },
  }),
  finishForm: (reason) => (reason === 'content_filter' ? 'stop' : reason),
})
