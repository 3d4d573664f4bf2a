import { join } from 'node:path'
import { openPglite } from '@sluice/store-postgres/pglite-database'

export interface LedgerRow {
  readonly request_id: string
  readonly model: string
  readonly provider: string | null
  readonly state: string
  readonly error_code: string | null
  readonly input_tokens: number
  readonly output_tokens: number
  readonly amount_nano_usd: number
}

/** The ledger of an embedded gateway that has ended: while it runs, the folder is its own. */
export async function readLedger(dir: string): Promise<ReadonlyMap<string, LedgerRow>> {
  await using database = await openPglite({ dataDir: join(dir, 'data') })
  const { rows } = await database.query<LedgerRow>(
    `SELECT request_id, model, provider, state, error_code, input_tokens, output_tokens, amount_nano_usd
     FROM usage.customer_ledger`,
  )
  return new Map(rows.map((row) => [row.request_id, row]))
}
