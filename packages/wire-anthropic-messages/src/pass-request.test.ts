import { describe, expect, test } from '@jest/globals'
import type { Traits } from '@sluice/contracts/generation/traits'
import { createHeaderFilter } from '@sluice/provider-access/call-headers'
import { encodeForeign } from './foreign-reasoning.ts'
import { passRequest } from './pass-request.ts'

const pass = (
  body: string | object,
  traits: Traits = {},
  maxTokens: number | null = null,
  stream = false,
) => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const passed = passRequest(bytes, { upstreamModel: 'claude-x', stream, maxTokens, traits })
  return { text: passed.body.toString(), adapted: passed.adapted }
}
const parsed = (text: string) => JSON.parse(text) as Record<string, unknown>

describe('a request passed on', () => {
  test('M-019 T20 T63 only the model changes: bytes, spacing, numbers, empty lists, unknown members and betas stay', () => {
    const body = (model: string) =>
      `{ "unknown" : {"a":1.0},"model":"${model}", "max_tokens" :128000,"system":[{"type":"text","text":"${'x'.repeat(100_000)}"}],` +
      '"tools":[{"name":"mcp__x","input_schema":{"type":"object","required":[]},"defer_loading":true}],' +
      '"messages":[{"role":"system","content":"\\u00e9","cache_control":{"type":"ephemeral"}}],"context_management":{"edits":[]} }'
    const { text, adapted } = pass(body('claude'))
    expect(text.replaceAll(/\s/g, '')).toBe(body('claude-x').replaceAll(/\s/g, ''))
    expect(text).toContain('"unknown" : {"a":1.0}')
    expect(text).toContain('"\\u00e9"')
    expect(adapted).toEqual([])
  })

  test('the cap of an alias lowers the limit; what the model refuses goes', () => {
    const body = {
      model: 'm',
      max_tokens: 900,
      temperature: 0.5,
      stop_sequences: ['a'],
      stream: true,
    }
    const { text, adapted } = pass(body, { refuses: ['temperature', 'stop', 'seed'] }, 100, true)
    expect(parsed(text)).toEqual({ model: 'claude-x', max_tokens: 100, stream: true })
    expect(adapted).toEqual(['max_tokens', 'temperature', 'stop'])
  })

  test('T59 members of a beta and its header value travel together or not at all', () => {
    const beta = 'context-management-2025-06-27,interleaved-thinking-2025-05-14'
    const body = {
      model: 'm',
      context_management: { edits: [] },
      output_config: { effort: 'low' },
      tools: [{ name: 't', defer_loading: true, input_schema: { required: [] } }],
      messages: [],
    }
    const addHeaders = createHeaderFilter({ headers: {}, forwardHeaders: [] })
    const sent = (traits: Traits) => {
      const headers: Record<string, string> = {}
      const wire = 'anthropic-messages'
      addHeaders({ 'anthropic-beta': beta }, { callerWire: wire, wire, traits }, headers)
      return { header: headers['anthropic-beta'], body: pass(body, traits) }
    }
    const all = sent({})
    expect(all.header).toBe(beta)
    expect(parsed(all.body.text)).toEqual({ ...body, model: 'claude-x' })
    expect(all.body.adapted).toEqual([])

    const none = sent({ anthropicBetas: [] })
    expect(none.header).toBeUndefined()
    expect(parsed(none.body.text)).toEqual({
      model: 'claude-x',
      tools: [{ name: 't', input_schema: { required: [] } }],
      messages: [],
    })
    expect(none.body.adapted).toEqual(['context_management', 'output_config', 'tools'])

    const some = sent({ anthropicBetas: ['context-management-2025-06-27', 'effort-2025-11-24'] })
    expect(some.header).toBe('context-management-2025-06-27')
    expect(parsed(some.body.text)).toMatchObject({
      context_management: { edits: [] },
      output_config: { effort: 'low' },
    })
  })

  test('T24 thoughts of another vendor are stripped, own ones stay as they are', () => {
    const own = { type: 'thinking', thinking: '', signature: 'c2ln' }
    const foreign = { type: 'thinking', thinking: 'hm', signature: encodeForeign({}) }
    const use = { type: 'tool_use', id: 'c', name: 't', input: {} }
    const { text } = pass({
      model: 'm',
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [own, foreign, { ...use, signature: encodeForeign({}) }] },
        { role: 'assistant', content: [foreign] },
      ],
    })
    expect(parsed(text)['messages']).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [own, use] },
    ])
  })

  test('T24 a text that only mentions the mark changes nothing', () => {
    const body =
      '{"model":"claude-x","messages":[{"role":"user","content":"~gateway-reasoning. 1.0"}] }'
    expect(pass(body).text).toBe(body.replace(' }', '}'))
  })

  test('a cloud that runs the model itself', () => {
    const body = { model: 'm', stream: true, max_tokens: 5 }
    const vertex = pass(body, { anthropicVersion: 'vertex-2023-10-16' }, null, true)
    expect(parsed(vertex.text)).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      stream: true,
      max_tokens: 5,
    })
    const bedrock = pass(body, { anthropicVersion: 'bedrock-2023-05-31' }, null, true)
    expect(parsed(bedrock.text)).toEqual({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 5 })
  })
})
