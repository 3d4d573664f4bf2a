import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { Database } from '../database.ts'
import { ledgerColumns } from '../ledger-rows.ts'

export async function emptyAuthTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script(
      'TRUNCATE auth.tenants, auth.projects, auth.keys; UPDATE auth.revision SET value = 0',
    ),
  )
}

export async function emptyUsageTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script('TRUNCATE usage.customer_ledger, usage.outbox'),
  )
}

/** The ledger as SQL shows it. */
export async function readLedger(database: Database): Promise<readonly UsageRecord[]> {
  const { rows } = await database.query<UsageRecord>(
    `SELECT ${ledgerColumns} FROM usage.customer_ledger`,
  )
  return rows
}
