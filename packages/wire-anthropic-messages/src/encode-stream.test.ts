import { describe, expect, test } from '@jest/globals'
import type { Finish, StreamPart } from '@sluice/wire/canonical-reply'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { noUsage } from '@sluice/contracts/usage'
import fc from 'fast-check'
import { createPartEncoder } from './encode-stream.ts'

const edits: ReplyEdits = {
  model: 'claude-fast',
  includeUsage: true,
  requestId: 'r1',
  created: 1,
  maxEventBytes: 100_000,
  request: null,
}
interface Event {
  readonly type: string
  readonly index?: number
  readonly content_block?: { readonly type: string }
  readonly delta?: Readonly<Record<string, unknown>>
  readonly message?: Readonly<Record<string, unknown>>
  readonly usage?: unknown
}
function encode(parts: readonly StreamPart[], finish: Finish = { reason: 'stop' }): Event[] {
  const encoder = createPartEncoder(edits)
  const payloads = [
    ...parts.flatMap((part) => encoder.encode([part])),
    ...encoder.end(finish, null),
  ]
  return payloads.map((payload) => JSON.parse(payload) as Event)
}
const text = (value: string): StreamPart => ({ type: 'text', text: value })
const call = (index: number): StreamPart => ({
  type: 'tool-call',
  index,
  id: `call_${String(index)}`,
  name: `tool_${String(index)}`,
})
const argument = (index: number, value: string): StreamPart => ({
  type: 'tool-arguments',
  index,
  text: value,
})

/** What a strict client checks: one open block, of the type its deltas are for, one stop per start, rising indexes. */
function checkOrder(events: readonly Event[]): void {
  expect(events[0]?.type).toBe('message_start')
  expect(events.at(-2)?.type).toBe('message_delta')
  expect(events.at(-1)?.type).toBe('message_stop')
  const kinds: Record<string, string[]> = {
    text: ['text_delta'],
    thinking: ['thinking_delta', 'signature_delta'],
    redacted_thinking: [],
    tool_use: ['input_json_delta'],
  }
  let open: { index: number; type: string } | null = null
  let next = 0
  for (const { type, index, content_block: block, delta } of events.slice(1, -2)) {
    if (type === 'content_block_start') {
      expect([open, index]).toEqual([null, next])
      open = { index: next++, type: block?.type ?? '' }
      continue
    }
    expect(index).toBe(open?.index)
    if (type === 'content_block_stop') open = null
    else expect(kinds[open?.type ?? '']).toContain(delta?.['type'])
  }
  expect(open).toBeNull()
}

function argumentsByTool(events: readonly Event[]): Record<string, string> {
  const seen: Record<string, string> = {}
  let name = ''
  for (const { type, content_block: block, delta } of events) {
    if (type === 'content_block_start') name = (block as { name?: string }).name ?? ''
    const piece = delta?.['partial_json']
    if (typeof piece === 'string') seen[name] = (seen[name] ?? '') + piece
  }
  return seen
}

function joined(events: readonly Event[], member: string): string {
  const pieces = events.map(({ delta }) => delta?.[member])
  return pieces.filter((piece) => typeof piece === 'string').join('')
}

describe('a stream for a caller of Anthropic', () => {
  test('T01 pieces of parallel calls that interleave end up in their own blocks, one open at a time', () => {
    const events = encode(
      [
        call(0),
        argument(0, '{"a":'),
        call(1),
        argument(1, '{"b":'),
        argument(0, '1}'),
        argument(1, '2}'),
      ],
      { reason: 'tool_calls' },
    )
    checkOrder(events)
    expect(argumentsByTool(events)).toEqual({ tool_0: '{"a":1}', tool_1: '{"b":2}' })
  })

  test('T01 a call that follows a complete one is streamed, not kept for the end', () => {
    const encoder = createPartEncoder(edits)
    encoder.encode([call(0), argument(0, '{"a":"}"}'), call(1)])
    const [payload] = encoder.encode([argument(1, '{"b"')])
    expect(payload).toContain('"index":1')
  })

  test('T02 a change of kind closes the block and opens one of the new kind', () => {
    const events = encode([
      { type: 'reasoning', text: 'hm' },
      text('a'),
      call(0),
      argument(0, '{}'),
      text('b'),
    ])
    checkOrder(events)
    const kinds = events.flatMap(({ content_block: block }) => (block ? [block.type] : []))
    expect(kinds).toEqual(['thinking', 'text', 'tool_use', 'text'])
  })

  test('T05 the first piece after a switch is not lost, and no block is stopped twice', () => {
    const events = encode([text('a'), call(0), argument(0, '{"x":1}'), text('b'), text('c')])
    checkOrder(events)
    expect(argumentsByTool(events)).toEqual({ tool_0: '{"x":1}' })
    expect(joined(events, 'text')).toBe('abc')
  })

  test('T10 an answer of calls alone has no text block and ends in tool_use', () => {
    const events = encode([text(''), call(0), argument(0, '{}')], { reason: 'stop' })
    checkOrder(events)
    expect(events.filter(({ content_block: block }) => block?.type === 'text')).toEqual([])
    expect(events.at(-2)?.delta?.['stop_reason']).toBe('tool_use')
  })

  test('T45 one message_start with every count, also when nothing was counted and nothing was said', () => {
    const counts = {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
    }
    for (const events of [encode([]), encode([text('a'), text('b')])]) {
      checkOrder(events)
      expect(events.filter(({ type }) => type === 'message_start')).toHaveLength(1)
      expect(events[0]?.message).toMatchObject({ model: 'claude-fast', content: [], usage: counts })
      expect(events.at(-2)?.usage).toEqual(counts)
    }
  })

  test('input that is known from the start is said at the start', () => {
    const usage = { ...noUsage, input_tokens: 30, cached_input_tokens: 10 }
    const events = encode([{ type: 'usage', usage }, text('a')])
    expect(events[0]?.message?.['usage']).toMatchObject({
      input_tokens: 20,
      cache_read_input_tokens: 10,
    })
  })

  test('T23 own signatures leave as they came, and redacted thoughts as blocks of their own', () => {
    const origin = 'anthropic-messages' as const
    const events = encode([
      { type: 'reasoning', text: 'hm' },
      { type: 'reasoning-signature', signature: 'c2ln', origin },
      { type: 'reasoning-signature', redacted: 'cmVk', origin },
      { type: 'reasoning-signature', signature: 'ZW1wdHk', origin },
      text('a'),
    ])
    checkOrder(events)
    const signatures = events.flatMap(({ delta }) => delta?.['signature'] ?? [])
    expect(signatures).toEqual(['c2ln', 'ZW1wdHk'])
    const blocks = events.flatMap(({ content_block: block }) => block ?? [])
    expect(blocks[1]).toEqual({ type: 'redacted_thinking', data: 'cmVk' })
  })

  test('T24 thoughts of others are marked, so that they are never taken for own ones', () => {
    const events = encode([
      { type: 'reasoning', text: 'unsigned' },
      text('a'),
      { type: 'reasoning', text: 'signed' },
      { type: 'reasoning-signature', redacted: 'enc', id: 'rs_1', origin: 'openai-responses' },
    ])
    checkOrder(events)
    const signatures = events.flatMap(({ delta }) => delta?.['signature'] ?? [])
    expect(signatures).toHaveLength(2)
    for (const signature of signatures) expect(signature).toMatch(/^~gateway-reasoning\./)
  })

  test('T01 T02 T05 any order of parts gives a well-formed stream that loses nothing', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('text' as const), text: fc.string({ maxLength: 4 }) }),
      fc.record({ kind: fc.constant('reasoning' as const), text: fc.string({ maxLength: 4 }) }),
      fc.record({ kind: fc.constant('call' as const) }),
      fc.record({ kind: fc.constant('piece' as const), of: fc.nat(3) }),
    )
    const whole = '{"key":"a } b","list":[1,{"c":"\\""}]}'
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (steps, size) => {
          const sent: number[] = []
          const parts = steps.flatMap((each): StreamPart[] => {
            if (each.kind === 'text' || each.kind === 'reasoning') {
              return [{ type: each.kind, text: each.text }]
            }
            if (each.kind === 'call') {
              sent.push(0)
              return [call(sent.length - 1)]
            }
            const at = sent[each.of]
            if (at === undefined || at >= whole.length) return []
            sent[each.of] = at + size
            return [argument(each.of, whole.slice(at, at + size))]
          })
          const events = encode(parts)
          checkOrder(events)
          const seen = argumentsByTool(events)
          for (const [index, at] of sent.entries()) {
            expect(seen[`tool_${String(index)}`] ?? '').toBe(whole.slice(0, at))
          }
          const textOf = (kind: string) =>
            parts.map((part) => (part.type === kind && 'text' in part ? part.text : '')).join('')
          expect(joined(events, 'text')).toBe(textOf('text'))
          expect(joined(events, 'thinking')).toBe(textOf('reasoning'))
        },
      ),
    )
  })
})
