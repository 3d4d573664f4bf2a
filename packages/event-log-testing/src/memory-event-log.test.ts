import { createMemoryEventLog } from '@sluice/event-log/memory'
import { eventLogContract } from './event-log-contract.ts'

eventLogContract({
  name: 'memory',
  create: async () => createMemoryEventLog(),
  skip: [
    {
      test: 'keeps events and group offsets when a process ends and another takes over',
      reason: 'memory ends with its process',
    },
  ],
})
