import { expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { plantedFaults } from './planted-faults.ts'
import { WorkQueueBench } from './work-queue-case.ts'
import { workQueueCases } from './work-queue-contract.ts'

test.each(plantedFaults)('catches the planted fault $name', async ({ caughtBy, plant }) => {
  const found = workQueueCases.find((known) => known.title === caughtBy)
  await using bench = new WorkQueueBench({
    create: async () => plant(createMemoryWorkQueue({ clock: systemClock })),
    patienceMs: 1000,
  })
  await expect(found?.run(bench)).rejects.toMatchObject({ code: 'ERR_ASSERTION' })
})
