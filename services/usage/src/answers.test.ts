import { expect, test } from '@jest/globals'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { noUsage } from '@sluice/contracts/usage'
import type { Generations, ReadOutcome } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { newUsageRecord } from '@sluice/store/testing/usage-records'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { Registry } from 'prom-client'
import { Answers, type ReadRecords } from './answers.ts'
import { createUsageMetrics } from './metrics.ts'

/** What every log holds: one entry. */
function entry(text: string): LogEntry {
  const head = {
    wire: 'openai-chat',
    provider: 'p',
    model: 'm',
    reason: '',
    attempt: 1,
    adapted: [],
  }
  const reply = { choices: [{ message: { role: 'assistant', content: text } }] }
  const end = {
    state: 'completed',
    finishReason: 'stop',
    error: null,
    usage: noUsage,
    amountNanoUsd: 0,
  }
  return {
    epoch: 1,
    seq: 1,
    head,
    data: Buffer.from(JSON.stringify(reply)),
    end,
  } as unknown as LogEntry
}

function asked(n: number, question = 'q'): UsageRecord {
  const turns = [{ role: 'user', content: question, tool_calls: [], attachments: [] }]
  return { ...newUsageRecord(n), stream: false, asked: { turns } } as unknown as UsageRecord
}

/** `read` is what a log says when it is asked for. */
function open(read: () => ReadOutcome, keepsLogs = true) {
  const clock = createFakeClock()
  const generations = Object.assign(createMemoryGenerations({ clock }), {
    read: async () => read(),
  }) as Generations
  const metrics = createUsageMetrics(
    new Registry(),
    { unbilled: () => Promise.resolve(0) },
    { outboxMaxEvents: 1 },
  )
  const logger = createLogger({ service: 'usage', level: 'silent' })
  const answers = new Answers({ generations, clock, logger, metrics, keepsLogs })
  const of = async (records: readonly UsageRecord[]): Promise<readonly ReadRecords[]> => {
    const parts: ReadRecords[] = []
    for await (const part of answers.of(records)) parts.push(part)
    return parts
  }
  const lost = async () => (await metrics.turnsWithoutAnswer.get()).values[0]?.value
  return { clock, of, lost }
}

const found = (text: string): ReadOutcome => ({ ok: true, entries: [entry(text)] })
const away = (): never => {
  throw new GatewayError(kernelErrors.dependency_unavailable)
}

test('reads the answer of each call that has turns, and keeps its log where somebody wants it', async () => {
  const records = [asked(1), newUsageRecord(2)]
  const [part] = await open(() => found('four')).of(records)
  expect(part?.records).toEqual(records)
  const [[id, answer] = []] = part?.answers ?? []
  expect(id).toBe(records[0]?.request_id)
  expect(answer?.choices).toMatchObject([{ role: 'assistant', content: 'four' }])
  expect([...(part?.logs.keys() ?? [])]).toEqual([id])
  const [other] = await open(() => found('four'), false).of(records)
  expect(other?.logs.size).toBe(0)
})

test('an answer whose log is gone is counted, and holds up no bill', async () => {
  const { of, lost } = open(() => ({ ok: false, refusal: 'unknown' }))
  const [part] = await of([asked(1)])
  expect(part?.records).toHaveLength(1)
  expect(part?.answers.size).toBe(0)
  expect(await lost()).toBe(1)
})

test('bills wait ten seconds for logs that cannot be reached, then go without; the next ones wait again only after a log was read', async () => {
  let isAway = true
  const { clock, of, lost } = open(() => (isAway ? away() : found('four')))
  await expect(of([asked(1)])).rejects.toThrow()
  await clock.advance(9_999)
  await expect(of([asked(1)])).rejects.toThrow()
  await clock.advance(1)
  expect((await of([asked(1)]))[0]?.answers.size).toBe(0)
  expect((await of([asked(2)]))[0]?.answers.size).toBe(0)
  expect(await lost()).toBe(2)
  isAway = false
  expect((await of([asked(3)]))[0]?.answers.size).toBe(1)
  isAway = true
  await expect(of([asked(4)])).rejects.toThrow()
})

test('content that memory should not hold at once goes on in parts, in order', async () => {
  const records = Array.from({ length: 200 }, (_, n) => asked(n, 'x'.repeat(200_000)))
  const parts = await open(() => found('four')).of(records)
  expect(parts.length).toBeGreaterThan(1)
  expect(parts.flatMap((part) => part.records)).toEqual(records)
})
