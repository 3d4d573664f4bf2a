import { describe, expect, test } from '@jest/globals'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { collectParts } from '@sluice/wire/stream-parts'
import { createPartDecoder } from './decode-stream.ts'

const options = { requestId: '01a1ffac-62d5-734b-ae8d-fd3d4d969312', maxEventBytes: 100_000 }

function read(events: readonly object[]): AssistantPart[] {
  const decoder = createPartDecoder(options)
  const bytes = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const parts = decoder.push(Buffer.from(bytes))
  expect(decoder.end()).toMatchObject({ ok: true })
  return collectParts(parts)
}

/** Names its item by whatever `id` says. */
const event = (type: string, place: number, id: string, members: object) => ({
  type: `response.${type}`,
  output_index: place,
  ...('item' in members
    ? { item: { ...(members.item as object), id } }
    : { item_id: id, ...members }),
})
const completed = { type: 'response.completed', response: { status: 'completed', output: [] } }
const call = (callId: string, text: string) => ({
  type: 'function_call',
  call_id: callId,
  name: 'get_time',
  arguments: text,
})
const message = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: text === '' ? [] : [{ type: 'output_text', text }],
})

/** The answer that both streams hold. */
const answer = [
  { type: 'reasoning', text: 'Well' },
  { type: 'text', text: 'It is noon' },
  { type: 'tool-call', id: 'call_a', name: 'get_time', arguments: '{"a":1}' },
  { type: 'tool-call', id: 'call_b', name: 'get_time', arguments: '{"b":2}' },
]

/** `place` and `id` of each item, event by event. */
function stream(place: (item: number) => number, id: (item: number) => string) {
  const of = (item: number, type: string, members: object) =>
    event(type, place(item), id(item), members)
  return [
    of(0, 'output_item.added', { item: { type: 'reasoning', summary: [] } }),
    of(0, 'reasoning_summary_text.delta', { summary_index: 0, delta: 'Well' }),
    of(0, 'output_item.done', {
      item: { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Well' }] },
    }),
    of(1, 'output_item.added', { item: message('') }),
    of(1, 'output_text.delta', { content_index: 0, delta: 'It is ' }),
    of(1, 'output_text.delta', { content_index: 0, delta: 'noon' }),
    of(1, 'output_item.done', { item: message('It is noon') }),
    of(2, 'output_item.added', { item: call('call_a', '') }),
    of(3, 'output_item.added', { item: call('call_b', '') }),
    of(2, 'function_call_arguments.delta', { delta: '{"a":' }),
    of(3, 'function_call_arguments.delta', { delta: '{"b":2}' }),
    of(2, 'function_call_arguments.delta', { delta: '1}' }),
    of(2, 'function_call_arguments.done', { arguments: '{"a":1}' }),
    of(2, 'output_item.done', { item: call('call_a', '{"a":1}') }),
    of(3, 'output_item.done', { item: call('call_b', '{"b":2}') }),
    completed,
  ]
}

describe('T03 the items of a stream', () => {
  test('that have another id in every event (as GitHub Copilot gives them, seen in 2026-07) are told apart by their place', () => {
    let count = 0
    const rotating = stream(
      (item) => item,
      () => `id_${String((count += 1))}`,
    )
    expect(read(rotating)).toMatchObject(answer)
    expect(read(rotating)).toHaveLength(answer.length)
  })

  test('that all have the same place are told apart by their ids', () => {
    const repeated = stream(
      () => 0,
      (item) => `id_${String(item)}`,
    )
    expect(read(repeated)).toMatchObject(answer)
    expect(read(repeated)).toHaveLength(answer.length)
  })
})
