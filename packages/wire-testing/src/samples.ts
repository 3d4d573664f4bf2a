import type { Usage } from '@sluice/contracts/usage'
import {
  type AssistantPart,
  type CanonicalRequest,
  type FunctionTool,
  noSampling,
} from '@sluice/wire/canonical-request'

export const plainRequest: CanonicalRequest = {
  model: 'acme/fast',
  stream: false,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'How warm is it in Zürich? ☀️' }] }],
  tools: [],
  toolChoice: null,
  parallelToolCalls: null,
  sampling: noSampling,
  maxTokens: 512,
  stop: [],
  choices: null,
  logprobs: null,
  logitBias: null,
  responseFormat: null,
  reasoning: null,
  user: null,
  cacheKey: null,
  serviceTier: null,
  metadata: null,
  extra: {},
}

const weather: FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a place',
  parameters: {
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'integer' } },
    required: ['place'],
  },
  strict: null,
}
const clock: FunctionTool = {
  type: 'function',
  name: 'get_time',
  description: null,
  // An empty list stays one (T20).
  parameters: { type: 'object', properties: {}, required: [] },
  strict: null,
}

/** A red pixel. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

const request = (changes: Partial<CanonicalRequest>): CanonicalRequest => ({
  ...plainRequest,
  ...changes,
})
const user = (text: string) => ({
  role: 'user' as const,
  content: [{ type: 'text' as const, text }],
})

/** What any chat wire can say. */
export const requests: Readonly<Record<string, CanonicalRequest>> = {
  text: plainRequest,
  'a conversation with a system message': request({
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Answer in one word.' }] },
      user('Capital of France?'),
      { role: 'assistant', content: [{ type: 'text', text: 'Paris' }] },
      user('Of Peru?'),
    ],
  }),
  sampling: request({
    sampling: { ...noSampling, temperature: 0.5, topP: 0.9 },
    stop: ['END', '\n\n'],
  }),
  tools: request({ tools: [weather, clock], toolChoice: { type: 'auto' } }),
  'tools, one of them demanded': request({
    tools: [weather, clock],
    toolChoice: { type: 'tool', name: 'get_weather' },
  }),
  'tools, any of them demanded': request({ tools: [weather], toolChoice: { type: 'required' } }),
  'calls and their results, in parallel': request({
    tools: [weather, clock],
    messages: [
      user('Weather and time in Lima?'),
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
          {
            type: 'tool-call',
            id: 'call_a1',
            name: 'get_weather',
            arguments: '{"place":"Lima","days":2}',
          },
          { type: 'tool-call', id: 'call_b2', name: 'get_time', arguments: '{}' },
        ],
      },
      {
        role: 'tool',
        results: [
          { callId: 'call_a1', content: [{ type: 'text', text: '19 °C' }], isError: false },
          { callId: 'call_b2', content: [{ type: 'text', text: '12:00' }], isError: false },
        ],
      },
      user('And tomorrow?'),
    ],
  }),
  'an image': request({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } },
        ],
      },
    ],
  }),
  'structured output': request({
    responseFormat: {
      type: 'json-schema',
      name: 'city',
      description: null,
      schema: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      },
      strict: true,
    },
  }),
  reasoning: request({
    maxTokens: 32_000,
    reasoning: { effort: 'medium', budgetTokens: null, visible: null },
  }),
}

export const usage: Usage = {
  input_tokens: 30,
  output_tokens: 12,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  estimated: false,
}

const text = (value: string): AssistantPart => ({ type: 'text', text: value })
const call = (id: string, name: string, value: string): AssistantPart => ({
  type: 'tool-call',
  id,
  name,
  arguments: value,
})

/** Answers that any chat wire can give. */
export const answers: Readonly<Record<string, readonly AssistantPart[]>> = {
  text: [text('Grüße aus Zürich ☀️, "quoted" \\ and\nbroken')],
  'a tool call': [call('call_a1', 'get_weather', '{"place":"Lima","days":2}')],
  'text and parallel calls': [
    text('Let me look.'),
    call('call_a1', 'get_weather', '{"place":"Lima"}'),
    call('call_b2', 'get_time', '{}'),
  ],
  'thoughts and text': [{ type: 'reasoning', text: 'They want to know.' }, text('19 °C')],
}
