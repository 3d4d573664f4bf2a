import { expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { noUsage } from '@sluice/contracts/usage'
import { newRequestId } from '@sluice/kernel/ids'
import { openAiChat } from '@sluice/wire-openai-chat'
import fc from 'fast-check'
import { sseFrames } from './sse-frames.ts'

const reader = { id: newRequestId(0), dialect: openAiChat }
const error: GenerationError = {
  code: 'upstream_error',
  status: 502,
  message: 'Ausgefallen: „☂“',
  retryable: true,
}

function entry(payloads: readonly string[], failed = false): LogEntry {
  const terminal = { finishReason: null, error, usage: noUsage, amountNanoUsd: 0 }
  return {
    epoch: 1_700_000_000_000,
    seq: 7,
    head: null,
    data: Buffer.from(payloads.join('\n')),
    end: failed ? { ...terminal, state: 'failed' } : null,
  }
}

interface Event {
  readonly id: string | undefined
  readonly data: string | undefined
}

function eventsOf(frames: string): Event[] {
  const text = Buffer.from(frames, 'latin1').toString()
  expect(text === '' || text.endsWith('\n\n')).toBe(true)
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => {
      const [, id, data, rest] = /^id: (\S+)\ndata: ([^\n]*)(\n.*)?$/.exec(frame) ?? []
      expect(rest).toBeUndefined()
      return { id, data }
    })
}

// As the port has them: JSON without a raw newline.
const payload = fc.json().map((text) => text.replaceAll(/[\r\n]/g, ' '))

test('every payload comes out whole, under an id of its own, parts counted from 0', () => {
  fc.assert(
    fc.property(fc.array(payload, { minLength: 1, maxLength: 5 }), (payloads) => {
      const events = eventsOf(sseFrames(entry(payloads), reader))
      expect(events.map(({ data }) => data)).toEqual(payloads)
      const cursor = '1700000000000-7'
      const ids =
        payloads.length === 1 ? [cursor] : payloads.map((_, i) => `${cursor}.${String(i)}`)
      expect(events.map(({ id }) => id)).toEqual(ids)
    }),
  )
})

test('an entry without payload is no event', () => {
  expect(sseFrames(entry([]), reader)).toBe('')
})

test('M-004: a failed end adds its error as the last part, without [DONE]', () => {
  expect(eventsOf(sseFrames(entry([], true), reader))).toEqual([
    { id: '1700000000000-7', data: expect.stringContaining('Ausgefallen: „☂“') },
  ])
  const events = eventsOf(sseFrames(entry(['{}'], true), reader))
  expect(events.map(({ id }) => id)).toEqual(['1700000000000-7.0', '1700000000000-7.1'])
  expect(JSON.parse(events[1]?.data ?? '')).toMatchObject({ error: { code: 'upstream_error' } })
})
