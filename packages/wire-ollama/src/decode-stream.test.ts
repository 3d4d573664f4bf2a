import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { conversionBetween } from '@sluice/wire/translate'
import { openAiChat } from '@sluice/wire-openai-chat'
import { ollama } from './ollama.ts'

const conversion = conversionBetween(openAiChat, ollama)

const at = '2026-11-01T00:00:00Z'
const line = (message: object) => ({
  model: 'm',
  created_at: at,
  message: { role: 'assistant', ...message },
  done: false,
})
const end = (more: object = {}) => ({
  ...line({ content: '' }),
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 9,
  eval_count: 4,
  ...more,
})
const bytesOf = (lines: readonly (object | string)[]) =>
  Buffer.from(
    lines.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join(''),
  )

function decode(chunks: readonly Buffer[], includeUsage = false, maxEventBytes = 10_000) {
  const edits = {
    model: 'local/m',
    includeUsage,
    requestId: 'r1',
    created: 7,
    maxEventBytes,
    request: null,
  }
  const decoder = conversion.createStreamDecoder(edits)
  const published = chunks.flatMap((chunk) => [...decoder.push(chunk)])
  const { done } = decoder
  return { published, done, end: decoder.end(), characters: decoder.outputCharacters }
}
const run = (lines: readonly (object | string)[], includeUsage = false) =>
  decode([bytesOf(lines)], includeUsage)
interface Sent {
  choices: { delta: Record<string, unknown>; finish_reason: string | null }[]
}
const parse = (payload: string) => JSON.parse(payload) as Sent
const deltasOf = (payloads: readonly string[]) =>
  payloads.map((payload) => parse(payload).choices[0]?.delta)

describe('a stream', () => {
  test('M-002 role first, then text, then what the end gives', () => {
    const seen = run([line({ content: 'Hel' }), line({ content: 'lo' }), end()])
    const named = {
      id: 'chatcmpl-r1',
      object: 'chat.completion.chunk',
      created: 7,
      model: 'local/m',
    }
    const chunk = (delta: object, finish: string | null = null) => ({
      ...named,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    })
    expect(seen.published.map(parse)).toEqual([
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
    ])
    expect(seen.end).toEqual({
      ok: true,
      events: [JSON.stringify(chunk({}, 'stop')), '[DONE]'],
      finishReason: 'stop',
      usage: {
        input_tokens: 9,
        output_tokens: 4,
        cached_input_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
        estimated: false,
      },
    })
    expect([seen.characters, seen.done]).toEqual([5, true])
  })

  test('T44 the usage chunk comes only when asked, with choices', () => {
    const asked = run([line({ content: 'x' }), end({ prompt_eval_cached_count: 3 })], true).end
    expect(asked.ok && JSON.parse(asked.events.at(-2) ?? '')).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 4,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 3 },
      },
    })
  })

  test('T55 counts that are missing are unknown, not zero', () => {
    const seen = run([line({ content: 'x' }), end({ prompt_eval_count: undefined })], true).end
    expect(seen).toMatchObject({ ok: true, usage: null })
    expect(seen.ok && seen.events).toHaveLength(2)
  })

  test('T03 T04 T10 T13 calls get rising indexes, stable ids and JSON arguments, and are the reason for the end', () => {
    const call = (name: string, args: unknown) => ({ function: { name, arguments: args } })
    const lines = [
      line({ content: '', tool_calls: [call('f', { city: 'Rome' }), call('g', {})] }),
      line({ content: '', tool_calls: [call('f', undefined)] }),
      end(),
    ]
    const seen = run(lines)
    const calls = deltasOf(seen.published)
      .slice(1)
      .map((delta) => (delta?.['tool_calls'] as Record<string, unknown>[] | undefined)?.[0])
    expect(calls.map((each) => [each?.['index'], each?.['function']])).toEqual([
      [0, { name: 'f', arguments: '' }],
      [0, { arguments: '{"city":"Rome"}' }],
      [1, { name: 'g', arguments: '' }],
      [1, { arguments: '{}' }],
      [2, { name: 'f', arguments: '' }],
      [2, { arguments: '{}' }],
    ])
    const ids = calls.map((each) => each?.['id']).filter((id) => typeof id === 'string')
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^call_[0-9A-Za-z]{24}$/)
    expect(run(lines).published).toEqual(seen.published)
    expect(seen.end).toMatchObject({ finishReason: 'tool_calls' })
  })

  test('T09 a cut answer ends with length, also when it called tools', () => {
    const call = { function: { name: 'f', arguments: {} } }
    const seen = run([line({ content: '', tool_calls: [call] }), end({ done_reason: 'length' })])
    expect(seen.end).toMatchObject({ finishReason: 'length' })
  })

  test('thinking is passed on as reasoning', () => {
    const seen = run([line({ content: '', thinking: 'hm' }), line({ content: 'x' }), end()])
    expect(deltasOf(seen.published).slice(1)).toEqual([
      { reasoning_content: 'hm' },
      { content: 'x' },
    ])
  })

  test('a model that was only loaded gives an empty answer', () => {
    expect(run([end({ done_reason: 'load' })]).end).toMatchObject({
      ok: true,
      finishReason: 'stop',
    })
  })
})

describe('a stream that is not whole', () => {
  test.each<[string, (object | string)[], string]>([
    ['closes early', [line({ content: 'x' })], 'upstream_error'],
    ['is empty', [], 'upstream_error'],
    [
      'has an error line (T46)',
      [line({ content: 'x' }), { error: 'out of memory' }],
      'upstream_error',
    ],
    ['has a line that is not JSON', [line({ content: 'x' }), '{"mod'], 'upstream_error'],
    ['has a line that is no message', [{ hello: 1 }, end()], 'upstream_error'],
    ['has a line without end', ['x'.repeat(10_001)], 'wire_event_too_large'],
  ])('%s', (_, lines, code) => {
    expect(run(lines).end).toMatchObject({ ok: false, error: { status: 502, code } })
  })

  test('an error line keeps the words of Ollama', () => {
    const seen = run([{ error: 'model requires more memory' }]).end
    expect(seen.ok ? '' : seen.error.message).toBe('model requires more memory')
  })
})

describe('any stream', () => {
  test('T41 gives the same payloads however its bytes are cut', () => {
    const bytes = bytesOf([line({ content: 'ü€😀' }), line({ content: '\n"' }), end()])
    const whole = decode([bytes], true)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const pieces = edges.slice(1).map((to, i) => bytes.subarray(edges[i], to))
        expect(decode(pieces, true)).toEqual(whole)
      }),
    )
    expect(deltasOf(whole.published).slice(1)).toEqual([{ content: 'ü€😀' }, { content: '\n"' }])
  })

  test('garbage never throws', () => {
    const noise = fc.oneof(
      fc.array(fc.oneof(fc.json(), fc.string())).map((lines) => bytesOf(lines)),
      fc
        .array(fc.record({ message: fc.jsonValue(), done: fc.boolean() }))
        .map((lines) => bytesOf(lines)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        decode([bytes])
      }),
      { numRuns: 300 },
    )
  })
})
