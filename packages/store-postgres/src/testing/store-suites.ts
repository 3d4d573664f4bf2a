import { afterAll, beforeAll } from '@jest/globals'
import { eventLogContract } from '@sluice/event-log-testing'
import { systemClock } from '@sluice/kernel/clock'
import { accountStoreContract } from '@sluice/store/testing/account-store-contract'
import { archiveStoreContract } from '@sluice/store/testing/archive-store-contract'
import { auditStoreContract } from '@sluice/store/testing/audit-store-contract'
import { authStoreContract } from '@sluice/store/testing/auth-store-contract'
import { providerStoreContract } from '@sluice/store/testing/provider-store-contract'
import { responseStoreContract } from '@sluice/store/testing/response-store-contract'
import { reconciliationStoreContract } from '@sluice/store/testing/reconciliation-store-contract'
import { usageReportsContract } from '@sluice/store/testing/usage-reports-contract'
import { usageStoreContract } from '@sluice/store/testing/usage-store-contract'
import type { Database } from '../database.ts'
import { createDatabaseEventLog } from '../database-event-log.ts'
import { createPostgresAccountStore } from '../postgres-account-store.ts'
import { createPostgresArchiveStore } from '../postgres-archive-store.ts'
import { createPostgresAuditStore } from '../postgres-audit-store.ts'
import { createPostgresAuthStore } from '../postgres-auth-store.ts'
import { createPostgresProviderStore } from '../postgres-provider-store.ts'
import { createPostgresResponseStore } from '../postgres-response-store.ts'
import { createPostgresReconciliationStore } from '../postgres-reconciliation-store.ts'
import { createPostgresUsageReports } from '../postgres-usage-reports.ts'
import { createPostgresUsageStore } from '../postgres-usage-store.ts'
import { databaseCases } from './database-cases.ts'
import { directPublishingCases } from './direct-publishing-cases.ts'
import { identityFactCases } from './identity-fact-cases.ts'
import { personalCases } from './personal-cases.ts'
import { wallCases } from './wall-cases.ts'
import { retentionCases } from './retention-cases.ts'
import {
  emptyAgentTables,
  emptyAuthTables,
  emptyRouterTables,
  emptyUsageTables,
  readLedger,
  readProviderLedger,
} from './empty-tables.ts'

/** M-310: everything of this package on one engine. */
export function storeSuites(name: string, open: () => Promise<Database>): void {
  let database: Database
  beforeAll(async () => {
    database = await open()
  }, 60_000)
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
  })

  databaseCases(name, () => database)
  wallCases(name, () => database)
  authStoreContract({
    name,
    async create() {
      const store = await createPostgresAuthStore(database)
      await emptyAuthTables(database)
      return store
    },
  })
  accountStoreContract({
    name,
    async create() {
      const identity = await createPostgresAuthStore(database)
      await emptyAuthTables(database)
      return { identity, accounts: createPostgresAccountStore(identity) }
    },
  })
  auditStoreContract({
    name,
    async create() {
      const store = await createPostgresAuditStore(database)
      await emptyAuthTables(database)
      return store
    },
  })
  usageStoreContract({
    name,
    async create() {
      const store = await createPostgresUsageStore(database)
      await emptyUsageTables(database)
      return {
        store,
        ledger: () => readLedger(database),
        providerLedger: () => readProviderLedger(database),
      }
    },
  })
  usageReportsContract({
    name,
    async create() {
      const store = await createPostgresUsageStore(database)
      await emptyUsageTables(database)
      return { store, reports: await createPostgresUsageReports(database) }
    },
  })
  reconciliationStoreContract({
    name,
    async create() {
      const store = await createPostgresUsageStore(database)
      await emptyUsageTables(database)
      const damage = async () => {
        await database.query('UPDATE usage.hourly SET requests = requests + 1', [], {
          service: 'usage',
        })
      }
      return {
        store,
        damage,
        books: await createPostgresReconciliationStore(database),
        reports: await createPostgresUsageReports(database),
      }
    },
  })
  archiveStoreContract({
    name,
    async create() {
      const archive = await createPostgresArchiveStore(database)
      await emptyUsageTables(database)
      return { archive, usage: await createPostgresUsageStore(database) }
    },
  })
  responseStoreContract({
    name,
    async create() {
      const store = await createPostgresResponseStore(database)
      await emptyAgentTables(database)
      return store
    },
  })
  providerStoreContract({
    name,
    async create() {
      const store = await createPostgresProviderStore(database)
      await emptyRouterTables(database)
      return store
    },
  })
  eventLogContract({
    name,
    create: () => createDatabaseEventLog(database, { clock: systemClock, maxPartitions: 100 }),
  })
  directPublishingCases(name, () => database)
  retentionCases(name, () => database)
  identityFactCases(name, () => database)
  personalCases(name, () => database)
}
