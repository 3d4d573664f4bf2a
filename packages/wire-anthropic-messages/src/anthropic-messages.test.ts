import { describe, expect, test } from '@jest/globals'
import type { CanonicalRequest } from '@sluice/wire/canonical-request'
import { describeWireFormat } from '@sluice/wire-testing'
import { anthropicMessages } from './anthropic-messages.ts'

describeWireFormat({ format: anthropicMessages, requestForm })

/** For a model of which nothing is known: thinking is asked for by a budget, and a tool stands for structured output. */
function requestForm(request: CanonicalRequest): CanonicalRequest {
  const { responseFormat: format, reasoning, sampling } = request
  const left: CanonicalRequest = {
    ...request,
    reasoning: reasoning && { effort: null, budgetTokens: 8192, visible: null },
    // Of the two, models take one.
    sampling: sampling.temperature === null ? sampling : { ...sampling, topP: null },
    stop: request.stop.filter((sequence) => sequence.trim() !== ''),
  }
  if (format?.type !== 'json-schema') return left
  const tool = {
    type: 'function' as const,
    name: 'json_answer',
    description: expect.any(String) as unknown as string,
    parameters: format.schema,
    strict: null,
  }
  return {
    ...left,
    responseFormat: null,
    tools: [...left.tools, tool],
    toolChoice: { type: 'tool', name: tool.name },
  }
}

describe('the address', () => {
  test.each([
    ['https://api.anthropic.com', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/v1/', 'https://api.anthropic.com/v1/messages'],
    ['http://127.0.0.1:9100/proxy', 'http://127.0.0.1:9100/proxy/v1/messages'],
  ])('of %s', (base, url) => {
    const target = { upstreamModel: 'm', stream: true, maxTokens: null, traits: {} }
    expect(anthropicMessages.chatUrl(base, target)).toBe(url)
  })
})
