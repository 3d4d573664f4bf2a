import { sessionKeyId } from '@sluice/contracts/caller'
import type { RequestId } from '@sluice/contracts/ids'
import type { PersonalCall, Person } from '@sluice/contracts/rpc/personal-data'
import type { PersonalCalls } from '@sluice/store/personal-calls'
import type { Database, Transaction } from './database.ts'
import { decodeAll, encodeBatch } from './postgres-archive-store.ts'

interface CallRow {
  readonly request_id: RequestId
  readonly model: string
  readonly state: string
  readonly input_tokens: number
  readonly output_tokens: number
  readonly amount_nano_usd: number
  readonly accepted_at: number
}

/** Part of the `usage` schema, which its usage store has brought up to date. */
export function createPostgresPersonalCalls(database: Database): PersonalCalls {
  return {
    async list({ tenantId, userId, keyIds }: Person, { after, limit }) {
      const { rows } = await database.query<CallRow>(
        `SELECT request_id, model, state, input_tokens, output_tokens, amount_nano_usd, accepted_at FROM usage.customer_ledger
         WHERE tenant_id = $1 AND (user_id = $2 OR key_id = ANY ($3::text[])) AND ($4::uuid IS NULL OR request_id > $4::uuid)
         ORDER BY request_id LIMIT $5::integer`,
        [tenantId, userId, keyIds, after, limit],
        { tenant: tenantId },
      )
      return rows.map(toCall)
    },
    async rename({ tenantId, userId }, pseudonym) {
      const session = sessionKeyId(userId)
      return database.transaction(
        async (transaction) => {
          const { count } = await transaction.query(
            'UPDATE usage.customer_ledger SET user_id = $3, key_id = CASE key_id WHEN $4 THEN $5 ELSE key_id END WHERE tenant_id = $1 AND user_id = $2',
            [tenantId, userId, pseudonym, session, sessionKeyId(pseudonym)],
          )
          await transaction.query(
            'UPDATE usage.hourly SET user_id = $3, key_id = CASE key_id WHEN $4 THEN $5 ELSE key_id END WHERE tenant_id = $1 AND user_id = $2',
            [tenantId, userId, pseudonym, session, sessionKeyId(pseudonym)],
          )
          return count
        },
        { tenant: tenantId },
      )
    },
    /** Batches hold calls of many tenants: this is the service's to do, for ids that are the person's. */
    async forget(_, ids) {
      let removed = 0
      for (const id of ids)
        removed += await database.transaction((transaction) => removeOne(transaction, id), {
          service: 'usage',
        })
      return removed
    },
  }
}

/** The batch is written anew without it. */
async function removeOne(transaction: Transaction, id: RequestId): Promise<number> {
  const { rows } = await transaction.query<{
    id: number
    request_ids: string
    content: Uint8Array
  }>(
    `SELECT id, array_to_string(request_ids, ' ') AS request_ids, content FROM usage.archive_batches
     WHERE request_ids @> ARRAY[$1::uuid] FOR UPDATE`,
    [id],
  )
  for (const row of rows) {
    const ids = row.request_ids.split(' ') as RequestId[]
    const contents = await decodeAll(row.content)
    const kept = ids.flatMap((each, i) => {
      const content = contents[i]
      return each === id || content === undefined ? [] : [{ id: each, content }]
    })
    if (kept.length === 0)
      await transaction.query('DELETE FROM usage.archive_batches WHERE id = $1::bigint', [row.id])
    else
      await transaction.query(
        'UPDATE usage.archive_batches SET request_ids = $2::uuid[], content = $3::bytea WHERE id = $1::bigint',
        [row.id, kept.map((each) => each.id), await encodeBatch(kept)],
      )
  }
  return rows.length > 0 ? 1 : 0
}

function toCall(row: CallRow): Omit<PersonalCall, 'answer'> {
  return {
    id: row.request_id,
    model: row.model,
    state: row.state,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    amountNanoUsd: row.amount_nano_usd,
    acceptedAt: row.accepted_at,
  }
}
