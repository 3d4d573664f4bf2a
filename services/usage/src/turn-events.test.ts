import { describe, expect, test } from '@jest/globals'
import {
  ConversationTurn,
  maxTurnCharacters,
} from '@sluice/contracts/topics/conversation-turn-recorded'
import { generationFinished } from '@sluice/contracts/topics/generation-finished'
import { routeDecided } from '@sluice/contracts/topics/route-decided'
import { newUsageRecord } from '@sluice/store/testing/usage-records'
import { toDecisionEvent, toFinishedEvent, toUsageEvent } from './generation-events.ts'
import { toTurnEvents } from './turn-events.ts'

const asked = { session_id: 's', turns: [{ role: 'user', content: 'hello' }] } as const
const record = newUsageRecord(1, {
  user_id: 'anna' as never,
  asked: { ...asked, turns: [...asked.turns] },
  decision: {
    reason: { code: 'alias', detail: 'fast' },
    targets: [{ provider: 'acme', model: 'acme/fast' }],
  },
})
const answer = {
  choices: [{ role: 'assistant' as const, content: 'hi' }],
  finishReason: 'stop',
}
const values = (events: readonly { value: string }[]) =>
  events.map(({ value }) => ConversationTurn.parse(JSON.parse(value)))

describe('facts of a generation', () => {
  test('M-261: a turn for what was asked and one for the answer, keyed by tenant and user, the same when they are made again', () => {
    const events = toTurnEvents(record, answer)
    expect(events).toEqual(toTurnEvents(structuredClone(record), structuredClone(answer)))
    const [question, reply] = values(events)
    expect(question).toMatchObject({ role: 'user', content: 'hello', turn: 0, session_id: 's' })
    expect(question?.occurred_at).toBe(record.accepted_at)
    expect(reply).toMatchObject({ role: 'assistant', content: 'hi', turn: 1 })
    expect(reply?.metadata).toMatchObject({ finish_reason: 'stop', output_tokens: 20 })
    expect(reply?.occurred_at).toBe(record.finished_at)
    for (const [i, { key, attributes }] of events.entries()) {
      expect(key).toBe('default/anna')
      expect(attributes.id).toBe(`${record.request_id}:${String(i)}`)
    }
  })

  test('an answer whose log is gone is a turn without a text; a call that was not answered has none', () => {
    expect(values(toTurnEvents(record, null)).map(({ role, content }) => [role, content])).toEqual([
      ['user', 'hello'],
      ['assistant', ''],
    ])
    const failed = { ...record, state: 'failed' as const, first_part_ms: null, user_id: null }
    const [only, ...others] = values(toTurnEvents(failed, null))
    expect(only).toMatchObject({ role: 'user', user_id: 'ci' })
    expect(others).toEqual([])
    const { asked: _, ...silent } = record
    expect(toTurnEvents(silent, answer)).toEqual([])
  })

  test('an event is no more than a broker takes, whatever is in it', () => {
    const worst = '\u0000'.repeat(maxTurnCharacters)
    const toolCalls = Array.from({ length: 3 }, () => ({ id: 'i', name: 'n', arguments: worst }))
    const choices = [{ role: 'assistant' as const, content: worst, tool_calls: toolCalls }]
    for (const { value } of toTurnEvents(record, { choices, finishReason: null }))
      expect(Buffer.byteLength(value)).toBeLessThan(900_000)
    const [, reply] = values(toTurnEvents(record, { choices, finishReason: null }))
    expect(reply?.metadata.truncated).toBe(true)
  })

  test('the decision and the end are what their contracts say; the bill holds no content', () => {
    const decided = toDecisionEvent(record)
    expect(routeDecided.payload.parse(JSON.parse(decided?.value ?? ''))).toMatchObject({
      reason: { code: 'alias', detail: 'fast' },
      provider: 'acme',
      skipped: [],
    })
    expect(toDecisionEvent(newUsageRecord(2))).toBeNull()
    const finished = generationFinished.payload.parse(JSON.parse(toFinishedEvent(record).value))
    expect(finished).toMatchObject({ state: 'completed', error_code: null })
    expect(toUsageEvent(record).value).not.toMatch(/hello|decision|asked/)
  })
})
