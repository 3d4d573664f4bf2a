import { join } from 'node:path'
import { openPglite } from '@sluice/store-postgres/pglite-database'
import { Client } from 'pg'

export interface CustomerRow {
  readonly request_id: string
  readonly tenant_id: string
  readonly key_id: string
  readonly model: string
  readonly state: string
  readonly input_tokens: number
  readonly output_tokens: number
  readonly amount_nano_usd: number
  readonly estimated: boolean
}

export interface ProviderRow {
  readonly request_id: string
  readonly attempt: number
  readonly provider: string
  readonly state: string
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_nano_usd: number
  readonly estimated: boolean
}

export interface Ledgers {
  readonly customer: readonly CustomerRow[]
  readonly provider: readonly ProviderRow[]
}

const customer = `SELECT request_id::text AS request_id, tenant_id, key_id, model, state, input_tokens::integer AS input_tokens,
  output_tokens::integer AS output_tokens, amount_nano_usd::integer AS amount_nano_usd, estimated FROM usage.customer_ledger`
const provider = `SELECT request_id::text AS request_id, attempt, provider, state, input_tokens::integer AS input_tokens,
  output_tokens::integer AS output_tokens, cost_nano_usd::integer AS cost_nano_usd, estimated FROM usage.provider_ledger`

/** Of a gateway that has ended: while it runs, the folder is its own. */
export async function embeddedLedgers(dir: string): Promise<Ledgers> {
  await using database = await openPglite({ dataDir: join(dir, 'data') })
  const customers = await database.query<CustomerRow>(customer)
  const providers = await database.query<ProviderRow>(provider)
  return { customer: customers.rows, provider: providers.rows }
}

export async function postgresLedgers(url: string): Promise<Ledgers> {
  const client = new Client(url)
  await client.connect()
  try {
    const customers = await client.query<CustomerRow>(customer)
    const providers = await client.query<ProviderRow>(provider)
    return { customer: customers.rows, provider: providers.rows }
  } finally {
    await client.end()
  }
}
