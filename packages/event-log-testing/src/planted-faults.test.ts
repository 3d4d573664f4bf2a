import { expect, test } from '@jest/globals'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { EventLogBench } from './event-log-case.ts'
import { eventLogCases } from './event-log-contract.ts'
import { plantedFaults } from './planted-faults.ts'

test.each(plantedFaults)('catches the planted fault $name', async ({ caughtBy, plant }) => {
  const found = eventLogCases.find((known) => known.title === caughtBy)
  await using bench = new EventLogBench(async () => plant(createMemoryEventLog()), 1000)
  await expect(found?.run(bench)).rejects.toMatchObject({ code: 'ERR_ASSERTION' })
})
