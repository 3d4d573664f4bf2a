import { createMemoryUsageStore } from './memory-usage-store.ts'
import { customerRow, usageStoreContract } from './testing/usage-store-contract.ts'

usageStoreContract({
  name: 'memory',
  async create() {
    const store = createMemoryUsageStore()
    return {
      store,
      ledger: async () => [...store.ledger.values()].map(customerRow),
      providerLedger: async () => [...store.providerLedger.values()],
    }
  },
})
