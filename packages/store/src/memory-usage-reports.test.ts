import { createMemoryUsageReports } from './memory-usage-reports.ts'
import { createMemoryUsageStore } from './memory-usage-store.ts'
import { usageReportsContract } from './testing/usage-reports-contract.ts'

usageReportsContract({
  name: 'memory',
  async create() {
    const store = createMemoryUsageStore()
    return { store, reports: createMemoryUsageReports(store) }
  },
})
