import { createMemoryAuditStore } from './memory-audit-store.ts'
import { auditStoreContract } from './testing/audit-store-contract.ts'

auditStoreContract({ name: 'memory', create: async () => createMemoryAuditStore() })
