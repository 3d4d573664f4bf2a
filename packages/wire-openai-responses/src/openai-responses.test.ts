import { expect } from '@jest/globals'
import type { JsonObject } from '@sluice/wire/canonical-request'
import { describeWireFormat } from '@sluice/wire-testing'
import { openAiResponses } from './openai-responses.ts'

describeWireFormat({
  format: openAiResponses,
  // There are no stop sequences, a schema is strict unless it says that it is not, and the answer repeats the call as it was written.
  requestForm: (request) => ({
    ...request,
    stop: [],
    tools: request.tools.map((tool) =>
      tool.type === 'function' ? { ...tool, strict: tool.strict ?? false } : tool,
    ),
    asked: expect.any(Object) as unknown as JsonObject,
  }),
})
