import { createMemoryProviderStore } from './memory-provider-store.ts'
import { providerStoreContract } from './testing/provider-store-contract.ts'

providerStoreContract({ name: 'memory', create: async () => createMemoryProviderStore() })
