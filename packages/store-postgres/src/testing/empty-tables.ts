import type { CustomerLedgerRow, ProviderLedgerRow } from '@sluice/store/usage-store'
import type { Database } from '../database.ts'

export async function emptyAuthTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script(
      'TRUNCATE auth.tenants, auth.projects, auth.keys; UPDATE auth.revision SET value = 0',
    ),
  )
}

export async function emptyAgentTables(database: Database): Promise<void> {
  await database.transaction((transaction) => transaction.script('TRUNCATE agent.responses'))
}

export async function emptyUsageTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script(
      'TRUNCATE usage.customer_ledger, usage.provider_calls, usage.outbox, usage.archive_batches',
    ),
  )
}

/** The customer ledger as SQL shows it; what the provider ledger shows of a row is left out. */
export async function readLedger(database: Database): Promise<readonly CustomerLedgerRow[]> {
  const { rows } = await database.query<CustomerLedgerRow & Record<string, unknown>>(
    'SELECT * FROM usage.customer_ledger',
  )
  return rows.map((row) => {
    const {
      attempt: _attempt,
      attempts: _attempts,
      cost_nano_usd: _cost,
      called_at: _at,
      ...bill
    } = row
    return bill
  })
}

export async function readProviderLedger(
  database: Database,
): Promise<readonly ProviderLedgerRow[]> {
  const { rows } = await database.query<ProviderLedgerRow>('SELECT * FROM usage.provider_ledger')
  return rows
}
