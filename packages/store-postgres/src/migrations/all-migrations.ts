import type { SchemaMigrations } from '../migrate.ts'
import { agentMigrations } from './agent-migrations.ts'
import { authMigrations } from './auth-migrations.ts'
import { eventsMigrations } from './events-migrations.ts'
import { routerMigrations } from './router-migrations.ts'
import { usageMigrations } from './usage-migrations.ts'

/** Every schema of the product. Services apply their own at start; `sluice migrate` applies all. */
export const allMigrations: readonly SchemaMigrations[] = [
  authMigrations,
  usageMigrations,
  eventsMigrations,
  agentMigrations,
  routerMigrations,
]
