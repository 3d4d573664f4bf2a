import { createMemoryReconciliationStore } from './memory-reconciliation-store.ts'
import { createMemoryUsageReports } from './memory-usage-reports.ts'
import { createMemoryUsageStore } from './memory-usage-store.ts'
import { reconciliationStoreContract } from './testing/reconciliation-store-contract.ts'

reconciliationStoreContract({
  name: 'memory',
  async create() {
    const store = createMemoryUsageStore()
    const books = createMemoryReconciliationStore(store)
    return { store, books, reports: createMemoryUsageReports(store), damage: null }
  },
})
