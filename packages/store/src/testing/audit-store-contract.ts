import assert from 'node:assert/strict'
import type { AuditEntry } from '@sluice/contracts/audit'
import { anyAudit, type AuditFilter, type AuditStore } from '../audit-store.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'

export function newAuditEntry(n: number, changes: Partial<AuditEntry> = {}): AuditEntry {
  const id = `01940000-0000-7000-8000-${String(n).padStart(12, '0')}`
  return {
    id,
    tenantId: 'acme',
    actor: { keyId: 'key-1', userId: null, role: 'admin' },
    action: 'tokens.create',
    target: `token:k${String(n)}`,
    outcome: 'done',
    before: null,
    after: { name: `Schlüssel "${String(n)}"\n☂`, models: null, limits: { requests: 1 } },
    address: '203.0.113.7',
    requestId: id,
    at: 1_000 * n,
    ...changes,
  }
}

export const auditStoreCases: readonly StoreCase<AuditStore>[] = [
  {
    title: 'M-078: keeps an entry as it was, once, however often it comes',
    async run(store) {
      const entry = newAuditEntry(1)
      assert.equal(await store.add(entry), true)
      assert.equal(await store.add({ ...entry, target: 'other' }), false)
      assertSame(await store.list('acme', anyAudit, { limit: 10, after: null }), [entry])
    },
  },
  {
    title: 'keeps what belongs to no tenant, and shows it to none',
    async run(store) {
      assert.equal(await store.add(newAuditEntry(1, { tenantId: null })), true)
      assert.equal(await store.add(newAuditEntry(1, { tenantId: null })), false)
      assertSame(await store.list('acme', anyAudit, { limit: 10, after: null }), [])
    },
  },
  {
    title: 'M-069: shows a tenant its own entries only',
    async run(store) {
      await store.add(newAuditEntry(1))
      await store.add(newAuditEntry(2, { tenantId: 'beta' }))
      assertSame(await ids(store, 'acme'), [1])
      assertSame(await ids(store, 'beta'), [2])
      assertSame(await ids(store, ''), [])
    },
  },
  {
    title: 'lists the newest first, in pages without a gap, also where times are equal',
    async run(store) {
      for (let n = 1; n <= 7; n += 1) await store.add(newAuditEntry(n, { at: n > 4 ? 9_000 : n }))
      const seen: AuditEntry[] = []
      for (;;) {
        const page = await store.list('acme', anyAudit, {
          limit: 3,
          after: seen.at(-1)?.id ?? null,
        })
        seen.push(...page)
        if (page.length < 3) break
      }
      assertSame(seen.map(numberOf), [7, 6, 5, 4, 3, 2, 1])
    },
  },
  {
    title: 'filters by time, actor, action, outcome and target',
    async run(store) {
      await store.add(newAuditEntry(1))
      await store.add(newAuditEntry(2, { action: 'tokens.revoke', outcome: 'denied' }))
      await store.add(newAuditEntry(3, { action: 'models_x', target: 'model:a%_' }))
      await store.add(
        newAuditEntry(4, { actor: { keyId: null, userId: 'anna', role: null }, action: '*' }),
      )
      const expected: readonly [Partial<AuditFilter>, number[]][] = [
        [{ since: 2_000, until: 4_000 }, [3, 2]],
        [{ actor: 'anna' }, [4]],
        [{ actor: 'key-1' }, [3, 2, 1]],
        [{ action: 'tokens.*' }, [2, 1]],
        [{ action: 'tokens.create' }, [1]],
        [{ action: 'models%*' }, []],
        [{ outcome: 'denied' }, [2]],
        [{ target: 'model:a%_' }, [3]],
        [{ action: 'tokens.*', outcome: 'done' }, [1]],
      ]
      for (const [filter, numbers] of expected)
        assertSame(await ids(store, 'acme', filter), numbers, JSON.stringify(filter))
    },
  },
  {
    title: 'finds what a command line did by the name of the route, too',
    async run(store) {
      await store.add(newAuditEntry(1, { action: 'tokens.revoke' }))
      await store.add(newAuditEntry(2, { action: 'cli.tokens.revoke' }))
      const expected: readonly [string, number[]][] = [
        ['tokens.revoke', [2, 1]],
        ['tokens.*', [2, 1]],
        ['cli.tokens.*', [2]],
        ['cli.*', [2]],
        ['users.*', []],
      ]
      for (const [action, numbers] of expected)
        assertSame(await ids(store, 'acme', { action }), numbers, action)
    },
  },
]

async function ids(store: AuditStore, tenant: string, filter: Partial<AuditFilter> = {}) {
  const entries = await store.list(tenant, { ...anyAudit, ...filter }, { limit: 10, after: null })
  return entries.map(numberOf)
}

function numberOf({ id }: AuditEntry): number {
  return Number(id.slice(-12))
}

/** What every adapter of the port must pass. */
export function auditStoreContract(contract: StoreContract<AuditStore>): void {
  runStoreCases('AuditStore', auditStoreCases, contract)
}
