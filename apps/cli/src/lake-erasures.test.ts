import { describe, expect, test } from '@jest/globals'
import { lakeTables } from '@sluice/contracts/lake/tables'
import type { Lake, LakeSubject } from '@sluice/lake'
import { createMemoryErasureStore } from '@sluice/store/memory-erasure-store'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { eraseWaiting, settledMs } from './lake-erasures.ts'

async function start() {
  const clock = createFakeClock()
  const erasures = createMemoryErasureStore()
  const wait = async (userId: string) => {
    const asked = { tenantId: 'acme', userId, pseudonym: 'erased', requestedAt: clock.now() }
    await erasures.request(asked)
    await erasures.waitForLake('acme', userId, [`key-of-${userId}`], clock.now())
  }
  const erased: LakeSubject[] = []
  const lake: Pick<Lake, 'erase'> = {
    async erase(tables, subject) {
      expect(tables).toBe(lakeTables)
      if (subject.userId === 'broken') throw new Error('the catalogue is away')
      erased.push(subject)
      return []
    },
  }
  const look = () => eraseWaiting(lake, erasures, { clock, commitIntervalMs: 60_000 })
  return { clock, erasures, wait, erased, look }
}

describe('M-079: whoever waits to be erased from a catalogue', () => {
  test('is erased once what was on its way is in the tables, with their keys, and only then is it done', async () => {
    const { clock, erasures, wait, erased, look } = await start()
    await wait('anna')
    await clock.advance(settledMs + 59_000)
    expect(await look()).toEqual([])
    await wait('ben')
    await clock.advance(1_000)
    expect(await look()).toMatchObject([{ userId: 'anna' }])
    expect(erased).toEqual([{ tenantId: 'acme', userId: 'anna', keyIds: ['key-of-anna'] }])
    expect((await erasures.find('acme', 'anna'))?.finishedAt).toBe(clock.now())
    expect((await erasures.find('acme', 'ben'))?.finishedAt).toBeNull()
  })

  test('is not done where it failed, and is there the next time', async () => {
    const { clock, erasures, wait, look } = await start()
    await wait('broken')
    await clock.advance(settledMs + 60_000)
    await expect(look()).rejects.toThrow('away')
    expect((await erasures.find('acme', 'broken'))?.finishedAt).toBeNull()
    expect(await erasures.waitingForLake()).toHaveLength(1)
  })
})
