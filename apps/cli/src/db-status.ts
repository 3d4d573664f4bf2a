import { join } from 'node:path'
import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import { hasDatabase } from '@sluice/store-postgres/data-folder'
import { type AppliedMigration, appliedMigrations } from '@sluice/store-postgres/migrate'
import { allMigrations } from '@sluice/store-postgres/migrations/all-migrations'
import { type CommandContext, print } from './command.ts'

const errors = defineErrors({
  migrations_pending: { status: 503, retryable: false, title: 'Migrations are pending' },
})

interface SchemaStatus {
  readonly schema: string
  readonly applied: readonly AppliedMigration[]
  readonly pending: readonly { readonly id: number; readonly name: string }[]
  /** Of a newer version. */
  readonly unknown: readonly AppliedMigration[]
}

/** Looks only: not even an embedded database is made. */
export async function showDatabase(context: CommandContext): Promise<void> {
  const config = readAdaptersConfig(context.env, 0)
  const isThere = config.postgres !== null || hasDatabase(join(config.dataDir, 'db'))
  const adapter = config.postgres ? 'postgres' : 'pglite'
  const schemas = isThere
    ? await readSchemas(config)
    : allMigrations.map((each) => against(each, []))
  const pending = schemas.reduce((sum, each) => sum + each.pending.length, 0)
  const lines = schemas.map(({ schema, applied, pending: waiting, unknown }) => {
    const names = waiting.map(({ id, name }) => `${String(id)} ${name}`).join(', ')
    return [
      schema,
      `${String(applied.length)} applied`,
      waiting.length === 0 ? 'none pending' : `pending: ${names}`,
      ...(unknown.length === 0 ? [] : [`${String(unknown.length)} of a newer version`]),
    ].join('\t')
  })
  const where = isThere ? `On ${adapter}:` : `There is no database in ${config.dataDir} yet:`
  print(context, { database: adapter, exists: isThere, schemas }, [where, ...lines].join('\n'))
  if (pending > 0) {
    const message = `${String(pending)} migrations are pending: npm run cli -- migrate, or a start of the gateway, applies them.`
    throw new GatewayError(errors.migrations_pending, message)
  }
}

async function readSchemas(config: ReturnType<typeof readAdaptersConfig>): Promise<SchemaStatus[]> {
  await using database = await openDatabase(config)
  const schemas: SchemaStatus[] = []
  for (const each of allMigrations)
    schemas.push(against(each, await appliedMigrations(database, each.schema)))
  return schemas
}

function against(
  { schema, migrations }: (typeof allMigrations)[number],
  found: readonly AppliedMigration[],
): SchemaStatus {
  const known = new Set(migrations.map(({ id }) => id))
  const done = new Set(found.map(({ id }) => id))
  return {
    schema,
    applied: found.filter(({ id }) => known.has(id)),
    pending: migrations.filter(({ id }) => !done.has(id)).map(({ id, name }) => ({ id, name })),
    unknown: found.filter(({ id }) => !known.has(id)),
  }
}
