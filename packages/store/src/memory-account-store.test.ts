import { createMemoryAccountStore } from './memory-account-store.ts'
import { createMemoryAuthStore } from './memory-auth-store.ts'
import { accountStoreContract } from './testing/account-store-contract.ts'

accountStoreContract({
  name: 'memory',
  async create() {
    const identity = createMemoryAuthStore()
    return { identity, accounts: createMemoryAccountStore(identity) }
  },
})
