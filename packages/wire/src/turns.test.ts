import { describe, expect, test } from '@jest/globals'
import type { Message, ToolCallPart } from './canonical-request.ts'
import { turnsOf } from './turns.ts'

const text = (value: string) => ({ type: 'text' as const, text: value })
const user = (value: string): Message => ({ role: 'user', content: [text(value)] })
const call = (id: string): ToolCallPart => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })
const result = (callId: string, value: string): Message => ({
  role: 'tool',
  results: [{ callId, content: [text(value)], isError: false }],
})

const none = () => false

describe('turns', () => {
  test('T24 T35 a turn that had nothing but thoughts of others leaves no gap', () => {
    const foreign = {
      type: 'reasoning' as const,
      text: 'x',
      signature: 's',
      origin: 'gemini' as const,
    }
    const messages: Message[] = [user('a'), { role: 'assistant', content: [foreign] }, user('b')]
    expect(turnsOf(messages, none).turns).toEqual([
      { role: 'user', results: [], content: [text('a'), text('b')] },
    ])
    expect(turnsOf(messages, () => true).turns).toHaveLength(3)
  })

  test('T31 T35 system messages go in front, neighbours of one role become one turn', () => {
    const { system, turns } = turnsOf(
      [
        { role: 'system', content: [text('a')] },
        user('b'),
        { role: 'system', content: [text('c')] },
        user('d'),
      ],
      none,
    )
    expect(system).toEqual([text('a'), text('c')])
    expect(turns).toEqual([{ role: 'user', results: [], content: [text('b'), text('d')] }])
  })

  test('T14 all results of a turn come right after it, in the order of its calls, before what the user says', () => {
    const { turns } = turnsOf(
      [
        user('go'),
        { role: 'assistant', content: [call('1'), call('2'), call('3')] },
        result('2', 'two'),
        user('and?'),
        result('1', 'one'),
        result('unknown', 'lost'),
      ],
      none,
    )
    expect(turns).toEqual([
      { role: 'user', results: [], content: [text('go')] },
      { role: 'assistant', content: [call('1'), call('2'), call('3')] },
      {
        role: 'user',
        results: [
          { call: call('1'), content: [text('one')], isError: false },
          { call: call('2'), content: [text('two')], isError: false },
          { call: call('3'), content: [text('There is no result of this call.')], isError: true },
        ],
        content: [text('and?'), text('lost')],
      },
    ])
  })

  test('T14 calls one after another stay so: a result ends the turn, also when the user says nothing', () => {
    const { turns } = turnsOf(
      [
        user('go'),
        { role: 'assistant', content: [call('1')] },
        result('1', 'one'),
        { role: 'assistant', content: [call('2')] },
        result('2', 'two'),
      ],
      none,
    )
    expect(turns.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ])
    expect(turns[2]).toMatchObject({ results: [{ content: [text('one')] }], content: [] })
  })

  test('T32 T33 there is always a user, and nobody says nothing', () => {
    expect(turnsOf([{ role: 'system', content: [text('a')] }], none)).toEqual({
      system: [],
      turns: [{ role: 'user', results: [], content: [text('a')] }],
    })
    expect(
      turnsOf([{ role: 'assistant', content: [text('x'), text(' ')] }, user('')], none),
    ).toEqual({
      system: [],
      turns: [
        { role: 'user', results: [], content: [text('.')] },
        { role: 'assistant', content: [text('x')] },
      ],
    })
  })
})
