import { systemClock } from '@sluice/kernel/clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { workQueueContract } from './work-queue-contract.ts'

const reason = 'there is one process, and memory ends with it'

workQueueContract({
  name: 'memory',
  create: async () => createMemoryWorkQueue({ clock: systemClock }),
  skip: [
    { test: 'carries jobs, requests and broadcasts between processes', reason },
    {
      test: 'M-315: delivers the job of a worker that died to another one, after its lease',
      reason,
    },
    { test: 'moves a job to the dead letters when its workers die on it', reason },
    { test: 'shares a count between processes', reason },
  ],
})
