import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { createPostgresAuditStore } from '@sluice/store-postgres/postgres-audit-store'
import { createPostgresAccountStore } from '@sluice/store-postgres/postgres-account-store'
import { createPostgresErasureStore } from '@sluice/store-postgres/postgres-erasure-store'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { readAccountsConfig } from './accounts-config.ts'
import { readAuthConfig } from './config.ts'
import { startAuth } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'auth',
    env: process.env,
    processId: process.pid,
    needsDatabase: true,
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      const database = await parts.database()
      const events = await parts.events()
      const store = await createPostgresAuthStore(database, { events })
      const config = { ...readAuthConfig(parts.env), accounts: readAccountsConfig(parts.env) }
      return startAuth(config, {
        ...parts.basics,
        store,
        accounts: createPostgresAccountStore(store),
        audit: await createPostgresAuditStore(database),
        erasures: await createPostgresErasureStore(database),
        queue: await parts.queue(),
        keyRing: parts.keyRing(),
        events,
        fileKeys: await parts.catalogue({ discover: false }),
      })
    },
  }),
)
