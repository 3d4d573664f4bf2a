import { describe, expect, test } from '@jest/globals'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { maxTurnCharacters } from '@sluice/contracts/topics/conversation-turn-recorded'
import { askedTurns } from './asked-turns.ts'

function turnsOf(wire: string, body: unknown, changes: Partial<GenerationRequest> = {}) {
  const request = { id: 'request-1', operation: 'chat', group: null, wire, ...changes }
  return askedTurns(request as GenerationRequest, body)?.turns
}

const user = (content: unknown) => ({ role: 'user', content })
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAAAAA=' } }

describe('what a call adds to its conversation', () => {
  test.each([
    [
      'all of it where nobody has answered yet',
      [{ role: 'system', content: 's' }, user('a')],
      ['s', 'a'],
    ],
    [
      'what follows the last answer',
      [user('a'), { role: 'assistant', content: 'b' }, user('c'), user('d')],
      ['c', 'd'],
    ],
    [
      'an answer that the caller begins is none',
      [user('a'), { role: 'assistant', content: '{' }],
      ['a'],
    ],
    ['nothing new', [{ role: 'assistant', content: 'b' }], undefined],
  ])('chat: %s', (_, messages, expected) => {
    expect(turnsOf('openai-chat', { messages })?.map(({ content }) => content)).toEqual(expected)
  })

  test('chat: results of tools name the call that they answer; files are told of, not kept', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } }
    const messages = [
      user('a'),
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'rain' }] },
      user([{ type: 'text', text: 'one' }, image, { type: 'text', text: 'two' }]),
    ]
    expect(turnsOf('openai-chat', { messages })).toEqual([
      { role: 'tool', content: 'rain', tool_calls: [{ id: 'c1', name: 'weather', arguments: '' }] },
      {
        role: 'user',
        content: 'one\ntwo',
        attachments: [{ kind: 'image', media_type: 'image/png', bytes: 5 }],
      },
    ])
  })

  test('messages: the system prompt opens a conversation once; results stand before the words beside them', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'AAAA' }
    const asked = [
      user([
        { type: 'document', source },
        { type: 'text', text: 'read' },
      ]),
    ]
    expect(turnsOf('anthropic-messages', { system: 'be brief', messages: asked })).toEqual([
      { role: 'system', content: 'be brief' },
      {
        role: 'user',
        content: 'read',
        attachments: [{ kind: 'document', media_type: 'application/pdf', bytes: 3 }],
      },
    ])
    const later = [
      ...asked,
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'find', input: {} }] },
      user([
        { type: 'text', text: 'so?' },
        { type: 'tool_result', tool_use_id: 't1', content: 'x' },
      ]),
    ]
    expect(turnsOf('anthropic-messages', { system: 'be brief', messages: later })).toEqual([
      { role: 'tool', content: 'x', tool_calls: [{ id: 't1', name: 'find', arguments: '' }] },
      { role: 'user', content: 'so?' },
    ])
  })

  test('responses: items, a text alone, and what goes on from an earlier response', () => {
    expect(turnsOf('openai-responses', { instructions: 'i', input: 'a' })).toEqual([
      { role: 'system', content: 'i' },
      { role: 'user', content: 'a' },
    ])
    const input = [
      user('a'),
      { type: 'reasoning', summary: [] },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'done' },
    ]
    expect(turnsOf('openai-responses', { instructions: 'i', input })).toEqual([
      { role: 'tool', content: 'done', tool_calls: [{ id: 'c', name: 'f', arguments: '' }] },
    ])
    const on = { instructions: 'i', previous_response_id: 'resp_1', input: 'b' }
    expect(turnsOf('openai-responses', on)).toEqual([{ role: 'user', content: 'b' }])
    // As Cursor posts it to the chat route.
    expect(turnsOf('openai-chat', { input: 'a' })).toEqual([{ role: 'user', content: 'a' }])
  })

  test('completions: each prompt is a turn; tokens are no text', () => {
    expect(turnsOf('openai-completions', { prompt: ['a', 'b', [1, 2]] })).toEqual([
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ])
  })

  test('is bounded: turns, characters of one and of all', () => {
    const messages = Array.from({ length: 1_000 }, (_, i) => user(String(i)))
    const turns = turnsOf('openai-chat', { messages })
    expect(turns).toHaveLength(256)
    expect(turns?.at(-1)?.content).toBe('999')
    const long = '𝄞'.repeat(maxTurnCharacters)
    const cut = turnsOf('openai-chat', { messages: Array.from({ length: 4 }, () => user(long)) })
    for (const { content, truncated } of cut ?? []) {
      expect(truncated).toBe(true)
      expect(content.length).toBeLessThanOrEqual(maxTurnCharacters)
      expect(content.isWellFormed()).toBe(true)
    }
  })

  test('is of the session that the caller names, else of the request; what is no chat adds nothing', () => {
    const request = { id: 'r', operation: 'chat', wire: 'openai-chat', group: 's' }
    const body = { messages: [user('a')] }
    expect(askedTurns(request as GenerationRequest, body)?.session_id).toBe('s')
    const alone = { ...request, group: null } as unknown as GenerationRequest
    expect(askedTurns(alone, body)?.session_id).toBe('r')
    expect(turnsOf('openai-chat', { input: 'a' }, { operation: 'embeddings' })).toBeUndefined()
    expect(turnsOf('openai-chat', 'garbage')).toBeUndefined()
  })
})
