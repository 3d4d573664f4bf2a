import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { KeyId, RequestId, TenantId, UserId } from '@sluice/contracts/ids'
import { assertSame } from '@sluice/store/testing/store-case'
import { newUsageRecord } from '@sluice/store/testing/usage-records'
import { billsOn } from '@sluice/store/testing/usage-store-contract'
import type { Database } from '../database.ts'
import { createPostgresArchiveStore } from '../postgres-archive-store.ts'
import { createPostgresErasureStore } from '../postgres-erasure-store.ts'
import { createPostgresPersonalCalls } from '../postgres-personal-calls.ts'
import { createPostgresUsageStore } from '../postgres-usage-store.ts'
import { emptyAuthTables, emptyUsageTables } from './empty-tables.ts'

const anna = {
  tenantId: 'acme' as TenantId,
  userId: 'anna' as UserId,
  keyIds: ['k-anna'] as KeyId[],
}
const idOf = (n: number) => newUsageRecord(n).request_id as RequestId
const all = { after: null, limit: 100 }

/** M-079 on real tables: what there is about one person is found, forgotten, and its bills stay. */
export function personalCases(name: string, open: () => Database): void {
  const prepare = async () => {
    const database = open()
    const usage = await createPostgresUsageStore(database)
    const archive = await createPostgresArchiveStore(database)
    await emptyUsageTables(database)
    const record = (n: number, tenant_id: string, user_id: string | null, key_id: string) =>
      ({ ...newUsageRecord(n), tenant_id, user_id, key_id }) as ReturnType<typeof newUsageRecord>
    await usage.record(
      [
        record(1, 'acme', 'anna', 'session-anna'),
        record(2, 'acme', null, 'k-anna'),
        record(3, 'acme', 'ben', 'k-ben'),
        record(4, 'other', 'anna', 'k-anna'),
      ],
      billsOn('gateway_usage'),
    )
    const stored = (n: number) => ({ id: idOf(n), content: Buffer.from(`said ${String(n)}`) })
    await archive.put(1_000, [1, 2, 3].map(stored))
    await archive.put(1_000, [stored(4)])
    const text = async (n: number) => {
      const content = await archive.get(idOf(n), 0)
      return content && Buffer.from(content).toString()
    }
    return { database, text, personal: createPostgresPersonalCalls(database) }
  }

  describe(`what there is about a person: ${name}`, () => {
    test('M-079 finds their calls page by page, by their name and by their keys, in their tenant only', async () => {
      const { personal } = await prepare()
      const ids = async (page: Parameters<typeof personal.list>[1]) =>
        (await personal.list(anna, page)).map(({ id }) => id)
      assertSame(await ids(all), [idOf(1), idOf(2)])
      assertSame(await ids({ after: null, limit: 1 }), [idOf(1)])
      assertSame(await ids({ after: idOf(1), limit: 1 }), [idOf(2)])
    })

    test('M-079 forgets what was said in some calls, and leaves what lies beside it as it was', async () => {
      const { personal, text } = await prepare()
      assert.equal(await personal.forget('acme', [idOf(1), idOf(2)]), 2)
      assert.equal(await personal.forget('acme', [idOf(1), idOf(2)]), 0)
      assertSame(
        [await text(1), await text(2), await text(3), await text(4)],
        [null, null, 'said 3', 'said 4'],
      )
      assert.equal(await personal.forget('acme', [idOf(3)]), 1)
      assert.equal(await text(3), null)
    })

    test('M-079 puts another name into rows and sums: the money is the same, nobody else’s changes', async () => {
      const { personal, database } = await prepare()
      const sums = async () => {
        const { rows } = await database.query<Record<string, unknown>>(
          `SELECT l.tenant_id, l.user_id, sum(l.amount_nano_usd)::bigint AS rows,
             (SELECT sum(h.amount_nano_usd)::bigint FROM usage.hourly h
              WHERE h.tenant_id = l.tenant_id AND h.user_id = coalesce(l.user_id, '')) AS sums
           FROM usage.customer_ledger l GROUP BY 1, 2 ORDER BY 1, 2 NULLS FIRST`,
        )
        return rows
      }
      const before = await sums()
      assert.equal(await personal.rename(anna, 'erased-1'), 1)
      assert.equal(await personal.rename(anna, 'erased-1'), 0)
      const { rows: keys } = await database.query<{ key_id: string }>(
        `SELECT key_id FROM usage.customer_ledger WHERE tenant_id = 'acme'
         UNION SELECT key_id FROM usage.hourly WHERE tenant_id = 'acme' ORDER BY 1`,
      )
      assertSame(
        keys.map(({ key_id }) => key_id),
        ['k-anna', 'k-ben', 'session-erased-1'],
      )
      const named = before.map((row) =>
        row['tenant_id'] === 'acme' && row['user_id'] === 'anna'
          ? { ...row, user_id: 'erased-1' }
          : row,
      )
      const byName = (rows: readonly Record<string, unknown>[]) =>
        rows.map((row) => JSON.stringify(row)).toSorted()
      assertSame(byName(await sums()), byName(named))
    })

    test('M-079 says how far a removal is, and keeps its first end', async () => {
      const database = open()
      const erasures = await createPostgresErasureStore(database)
      await emptyAuthTables(database)
      await database.query(
        `INSERT INTO auth.tenants (id, name) VALUES ('acme', 'acme') ON CONFLICT DO NOTHING`,
      )
      const asked = { tenantId: 'acme', userId: 'anna', pseudonym: 'erased-1', requestedAt: 5 }
      const first = await erasures.request(asked)
      assertSame(await erasures.request({ ...asked, pseudonym: 'erased-2', requestedAt: 6 }), first)
      await erasures.progress('acme', 'anna', { responses: 2 }, null)
      await erasures.progress('acme', 'anna', { responses: 1, bills: 4 }, 9)
      await erasures.progress('acme', 'anna', {}, 12)
      assertSame(await erasures.find('acme', 'anna'), {
        ...asked,
        finishedAt: 9,
        waitsForLakeSince: null,
        removed: { responses: 3, answers: 0, keys: 0, bills: 4 },
      })
      assert.equal(await erasures.find('other', 'anna'), null)
    })

    test('M-079 says who waits for the lake, of every tenant, since the first time, until it is done', async () => {
      const database = open()
      const erasures = await createPostgresErasureStore(database)
      await emptyAuthTables(database)
      await database.query(
        `INSERT INTO auth.tenants (id, name) VALUES ('acme', 'acme'), ('beta', 'beta') ON CONFLICT DO NOTHING`,
      )
      const asked = { pseudonym: 'erased-1', requestedAt: 5 }
      await erasures.request({ ...asked, tenantId: 'acme', userId: 'anna' })
      await erasures.request({ ...asked, tenantId: 'beta', userId: 'ben' })
      await erasures.waitForLake('acme', 'anna', ['k1', 'k2'], 7)
      await erasures.waitForLake('beta', 'ben', [], 6)
      await erasures.waitForLake('acme', 'anna', ['k1', 'k2'], 8)
      const anna = { tenantId: 'acme', userId: 'anna', keyIds: ['k1', 'k2'], since: 7 }
      assertSame(await erasures.waitingForLake(), [
        { tenantId: 'beta', userId: 'ben', keyIds: [], since: 6 },
        anna,
      ])
      assert.equal((await erasures.find('acme', 'anna'))?.waitsForLakeSince, 7)
      await erasures.progress('acme', 'anna', { bills: 1 }, null)
      await erasures.progress('beta', 'ben', {}, 9)
      await erasures.waitForLake('beta', 'ben', [], 10)
      assertSame(await erasures.waitingForLake(), [anna])
    })
  })
}
