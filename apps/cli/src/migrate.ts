import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { migrate, migrateDown } from '@sluice/store-postgres/migrate'
import { allMigrations } from '@sluice/store-postgres/migrations/all-migrations'
import { type CommandContext, print } from './command.ts'

/** Every schema up to this version, or down to migration `downTo` of each. Services also migrate their own schema when they start. */
export async function migrateSchemas(
  context: CommandContext,
  downTo: number | null,
): Promise<void> {
  await using database = await openDatabase(readAdaptersConfig(context.env, 0))
  for (const schema of allMigrations) {
    await (downTo === null ? migrate(database, schema) : migrateDown(database, schema, downTo))
  }
  const schemas = allMigrations.map(({ schema }) => schema)
  print(
    context,
    { schemas, database: database.adapter },
    `On ${database.adapter}: ${schemas.join(', ')}`,
  )
}
