import { expect, test } from '@jest/globals'
import { AlertFired, alertFired } from '@sluice/contracts/topics/alert-fired'
import { CanarySent, canarySent } from '@sluice/contracts/topics/canary-sent'
import type { NewEvent } from '@sluice/event-log'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { createFakeClock, type FakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { Registry } from 'prom-client'
import { AlertBoard } from './alert-board.ts'
import { Canary } from './canary.ts'
import { createUsageMetrics } from './metrics.ts'

const everyMs = 10_000

/** A canary whose way into the event log is open as long as `relay` is called. */
async function open() {
  const clock = createFakeClock()
  const logger = createLogger({ service: 'usage', level: 'silent' })
  const store = createMemoryUsageStore()
  const events = createMemoryEventLog({ clock })
  await events.createTopics([canarySent])
  const queue = createMemoryWorkQueue({ clock })
  const metrics = createUsageMetrics(
    new Registry(),
    { unbilled: () => Promise.resolve(0) },
    { outboxMaxEvents: 1 },
  )
  const context = { outbox: store, events, queue, clock, logger, metrics, everyMs }
  const alerts = new AlertBoard({ store, events, clock, logger })
  const start = (instance: string) => new Canary({ ...context, alerts, instance })
  const take = async (topic: string, publish: (batch: readonly NewEvent[]) => Promise<void>) => {
    const taken: NewEvent[] = []
    await store.relay(topic, { limit: 1_000, inOrder: true }, async (batch) => {
      await publish(batch)
      taken.push(...batch)
      return []
    })
    return taken
  }
  return {
    clock,
    metrics,
    start,
    relay: () => take(canarySent.name, (batch) => events.publish(canarySent.name, batch)),
    lose: () => take(canarySent.name, () => Promise.resolve()),
    told: async () => {
      const alertsTold = await take(alertFired.name, () => Promise.resolve())
      return alertsTold.map(({ value }) => {
        const { alert, state } = AlertFired.parse(JSON.parse(value))
        return `${alert} ${state}`
      })
    },
  }
}

async function beats(clock: FakeClock, count: number, after: () => Promise<unknown>) {
  for (let beat = 0; beat < count; beat += 1) {
    await clock.advance(everyMs)
    await after()
  }
}

test('M-261: an event goes the way of all facts every ten seconds, and tells its delay when it arrives', async () => {
  const { clock, metrics, start, relay } = await open()
  await using _canary = start('usage-0')
  await clock.advance(everyMs - 1)
  expect(await relay()).toEqual([])
  await clock.advance(1)
  await clock.advance(2_000)
  const [sent] = await relay()
  expect(CanarySent.parse(JSON.parse(sent?.value ?? '')).instance).toBe('usage-0')
  await clock.advance(1)
  const { values } = await metrics.canaryDelay.get()
  expect(values[0]?.value).toBeCloseTo(2, 1)
  await clock.advance(everyMs)
  expect(await relay()).toHaveLength(1)
})

test('when canaries do not arrive for a minute somebody is told, once, and once more when they do', async () => {
  const { clock, start, relay, lose, told } = await open()
  await using _one = start('usage-0')
  await using _two = start('usage-1')
  await beats(clock, 3, relay)
  expect(await told()).toEqual([])
  await beats(clock, 6, lose)
  expect(await told()).toEqual([])
  await beats(clock, 6, lose)
  expect(await told()).toEqual(['facts_stand_still firing'])
  await beats(clock, 3, relay)
  expect(await told()).toEqual(['facts_stand_still resolved'])
})
