import { createMemoryArchiveStore } from './memory-archive-store.ts'
import { createMemoryUsageStore } from './memory-usage-store.ts'
import { archiveStoreContract } from './testing/archive-store-contract.ts'

archiveStoreContract({
  name: 'memory',
  async create() {
    const usage = createMemoryUsageStore()
    return { usage, archive: createMemoryArchiveStore(usage) }
  },
})
