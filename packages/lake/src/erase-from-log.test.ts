import { expect, test } from '@jest/globals'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { auditRecorded } from '@sluice/contracts/topics/audit-recorded'
import {
  BudgetThresholdReached,
  budgetThresholdReached,
} from '@sluice/contracts/topics/budget-threshold-reached'
import { generationFinished } from '@sluice/contracts/topics/generation-finished'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { eraseFromLog } from './erase-from-log.ts'
import { eventOf } from './testing/lake-events.ts'

test('M-079: of calls and budgets the log keeps what happened, not whose it was; of the audit trail it keeps both', async () => {
  const clock = createFakeClock()
  await using events = createMemoryEventLog({ clock })
  await events.createTopics(allTopics)
  const finished = (id: string, user: string | null, key = 'k') =>
    eventOf(
      id,
      JSON.stringify({ request_id: id, user_id: user, key_id: key, state: 'completed' }),
      0,
    )
  const reached = (counts: string, scope: string) => {
    const id = `acme/b1${counts}/0/0.5`
    const body = {
      tenant_id: 'acme',
      budget_id: `b1${counts}`,
      name: 'food',
      scope,
      window: 'day',
      starts_at: 0,
      threshold: 0.5,
      max_nano_usd: 2,
      used_nano_usd: 1,
      at: 1,
    }
    return eventOf(`acme/b1${counts}`, JSON.stringify(body), 0, id)
  }
  await events.publish(generationFinished.name, [
    finished('r1', 'anna'),
    finished('r2', 'ben'),
    finished('r3', null, 'key-of-anna'),
  ])
  await events.publish(budgetThresholdReached.name, [
    reached(':user:anna', 'user'),
    reached(':user:annabel', 'user'),
    reached('', 'tenant'),
  ])
  await events.publish(auditRecorded.name, [eventOf('a1', '{"id":"a1","user_id":"anna"}', 0)])

  const anna = { tenantId: 'acme', userId: 'anna', keyIds: ['key-of-anna'] }
  expect(await eraseFromLog(events, { ...anna, tenantId: 'beta' })).toBe(0)
  expect(await eraseFromLog(events, anna)).toBe(2)
  expect(await eraseFromLog(events, anna)).toBe(0)
  const keptOf = async ({ name, partitions }: { name: string; partitions: number }) => {
    const all = Array.from({ length: partitions }, (_, p) => events.read(name, p, 0n, 9))
    return (await Promise.all(all)).flat()
  }
  const calls = (await keptOf(generationFinished)).map(
    ({ value }) => JSON.parse(value) as { request_id: string; user_id: string | null },
  )
  const userOf = (id: string) => calls.find(({ request_id }) => request_id === id)?.user_id
  expect(['r1', 'r2', 'r3'].map(userOf)).toEqual([null, 'ben', null])
  const budgets = await keptOf(budgetThresholdReached)
  for (const { value } of budgets) BudgetThresholdReached.parse(JSON.parse(value))
  expect(budgets.map(({ key }) => key).toSorted()).toEqual([
    'acme/b1',
    'acme/b1:user:',
    'acme/b1:user:annabel',
  ])
  expect(
    JSON.stringify(budgets.map(({ offset, ...event }) => [String(offset), event])),
  ).not.toMatch(/anna(?!bel)/)
  expect((await keptOf(auditRecorded))[0]?.value).toContain('anna')
})
