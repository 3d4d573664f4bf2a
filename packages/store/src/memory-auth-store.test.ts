import { createMemoryAuthStore } from './memory-auth-store.ts'
import { authStoreContract } from './testing/auth-store-contract.ts'

authStoreContract({ name: 'memory', create: async () => createMemoryAuthStore() })
