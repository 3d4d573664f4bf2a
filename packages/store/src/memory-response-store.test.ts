import { createMemoryResponseStore } from './memory-response-store.ts'
import { responseStoreContract } from './testing/response-store-contract.ts'

responseStoreContract({ name: 'memory', create: async () => createMemoryResponseStore() })
