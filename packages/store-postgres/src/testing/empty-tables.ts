import type { Price } from '@sluice/contracts/price'
import type { CustomerLedgerRow, ProviderLedgerRow } from '@sluice/store/usage-store'
import type { Database } from '../database.ts'

export async function emptyAuthTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script(
      `ALTER TABLE auth.audit_log DISABLE TRIGGER only_added; TRUNCATE auth.audit_log; ALTER TABLE auth.audit_log ENABLE TRIGGER only_added;
       TRUNCATE auth.tenants, auth.attempts, auth.outbox CASCADE; DELETE FROM auth.tiers WHERE rank > 3; UPDATE auth.revision SET value = 0`,
    ),
  )
}

export async function emptyAgentTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script('TRUNCATE agent.responses, agent.outbox'),
  )
}

export async function emptyRouterTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script('TRUNCATE router.providers, router.models, router.aliases, router.outbox'),
  )
}

export async function emptyUsageTables(database: Database): Promise<void> {
  await database.transaction((transaction) =>
    transaction.script(
      'TRUNCATE usage.customer_ledger, usage.hourly, usage.prices, usage.budget_notices, usage.reconciliations, usage.provider_calls, usage.outbox, usage.alerts, usage.archive_batches',
    ),
  )
}

type StoredBill = Omit<CustomerLedgerRow, 'price'> & {
  readonly price: string | null
} & Record<string, unknown>

/** The customer ledger as SQL shows it; what the provider ledger shows of a row is left out. */
export async function readLedger(database: Database): Promise<readonly CustomerLedgerRow[]> {
  const { rows } = await database.query<StoredBill>(
    'SELECT l.*, p.price FROM usage.customer_ledger l LEFT JOIN usage.prices p ON p.id = l.price_id',
  )
  return rows.map((row) => {
    const {
      attempt: _attempt,
      attempts: _attempts,
      cost_nano_usd: _cost,
      called_at: _at,
      price_id: _priceId,
      price,
      ...bill
    } = row
    return { ...bill, price: price === null ? null : (JSON.parse(price) as Price) }
  })
}

export async function readProviderLedger(
  database: Database,
): Promise<readonly ProviderLedgerRow[]> {
  const { rows } = await database.query<ProviderLedgerRow>('SELECT * FROM usage.provider_ledger')
  return rows
}
