import { hash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { TenantId } from '@sluice/contracts/ids'
import { type IdentityChanged, identityChanged } from '@sluice/contracts/topics/identity-changed'
import { openPglite } from '@sluice/store-postgres/pglite-database'
import { createPostgresAuditStore } from '@sluice/store-postgres/postgres-audit-store'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { copyOfTemplate } from '@sluice/store-postgres/testing/temporary-pglite'
import { anyAudit } from '@sluice/store/audit-store'
import { newKey } from '@sluice/store/testing/identity-rows'
import { runCli } from './cli.ts'

async function sluice(dataDir: string, ...args: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const code = await runCli(
    args,
    { DATA_DIR: dataDir },
    { out: (text) => out.push(text), error: (text) => errors.push(text) },
  )
  return { code, out: out.join('\n'), errors: errors.join('\n') }
}

test('M-291, M-066: with the gateway stopped a tenant and a key are made, listed without the key, and revoked', async () => {
  const dataDir = await copyOfTemplate()
  await using folder = new AsyncDisposableStack()
  folder.defer(() => rm(dataDir, { recursive: true, force: true }))
  const acme = ['--tenant', 'acme', '--json']
  const tenant = await sluice(dataDir, 'tenant', 'create', 'acme', '--tier', 'pro', '--json')
  expect(tenant).toMatchObject({ code: 0, errors: '' })
  const owner = JSON.parse(tenant.out) as { id: string; tier: string; key: string; key_id: string }
  expect(owner).toMatchObject({ id: 'acme', tier: 'pro' })
  const policy = [
    '--models',
    'demo/*,acme/fast',
    '--requests-per-minute',
    '5',
    '--budget',
    '2.5/day',
  ]
  const made = await sluice(dataDir, 'token', 'create', '--name', 'ops', ...policy, ...acme)
  const { id, key } = JSON.parse(made.out) as { id: string; key: string }
  const listed = await sluice(dataDir, 'token', 'list', ...acme)
  expect(listed.out).toContain(id)
  expect(listed.out).not.toContain(key)
  expect(await sluice(dataDir, 'token', 'revoke', id, ...acme)).toMatchObject({ code: 0 })
  // In another tenant it is as unknown as one that never was.
  expect(await sluice(dataDir, 'token', 'revoke', id)).toMatchObject({ code: 1, out: '' })
  {
    await using database = await openPglite({ dataDir })
    const keys = await createPostgresAuthStore(database)
    const { caller } = newKey('child')
    const child = { ...caller, tenantId: 'acme' as TenantId }
    await keys.saveKey(newKey('child', { caller: child, madeBy: id }))
  }
  const leaked = await sluice(dataDir, 'token', 'revoke', id, '--with-made', ...acme)
  expect(JSON.parse(leaked.out)).toMatchObject({ id, made: ['child'] })
  for (const command of ['user list', 'token list', 'usage report']) {
    const unknown = await sluice(dataDir, ...command.split(' '), '--tenant', 'nope')
    expect(unknown).toMatchObject({ code: 1, out: '' })
    expect(unknown.errors).toContain('There is no such tenant')
  }
  const anna = ['--email', 'anna@acme.example', '--role', 'user']
  const user = await sluice(dataDir, 'user', 'create', ...anna, ...acme)
  const { id: userId, password } = JSON.parse(user.out) as { id: string; password: string }

  await using database = await openPglite({ dataDir })
  const audit = await createPostgresAuditStore(database)
  const entries = await audit.list('acme', anyAudit, { limit: 10, after: null })
  expect(entries.map(({ action, target }) => [action, target]).toReversed()).toEqual([
    ['cli.tenants.create', 'tenant:acme'],
    ['cli.tokens.create', `token:${id}`],
    ['cli.tokens.revoke', `token:${id}`],
    ['cli.tokens.revoke', `token:${id}`],
    ['cli.users.create', `user:${userId}`],
  ])
  const told: string[] = []
  const { outbox } = await createPostgresAuthStore(database)
  await outbox.relay(identityChanged.name, { limit: 100, inOrder: true }, async (events) => {
    for (const { value } of events) {
      const { entity, id: of, change } = JSON.parse(value) as IdentityChanged
      told.push(`${entity} ${of} ${change}`)
    }
    return []
  })
  expect(told).toEqual([
    'tenant acme created',
    'project default created',
    `key ${owner.key_id} created`,
    `key ${id} created`,
    `key ${id} revoked`,
    'key child created',
    'key child revoked',
    `user ${userId} created`,
  ])
  const cli = { keyId: 'cli', userId: null, role: null }
  for (const entry of entries) expect(entry).toMatchObject({ actor: cli, address: '' })
  for (const secret of [key, owner.key, password])
    expect(JSON.stringify(entries)).not.toContain(secret)
  const store = await createPostgresAuthStore(database)
  expect(await store.findKey(hash('sha256', owner.key))).toMatchObject({
    caller: { tenantId: 'acme' },
    policy: { role: 'owner', platform: false },
    revokedAt: null,
  })
  expect(await store.findKey(hash('sha256', key))).toMatchObject({
    caller: { keyName: 'ops', models: ['demo/*', 'acme/fast'], userId: null },
    policy: {
      role: 'user',
      limits: { requestsPerMinute: 5, budget: { maxNanoUsd: 2_500_000_000, window: 'day' } },
    },
    madeBy: null,
    revokedAt: expect.any(Number) as unknown,
  })
  // Tenant, project, three keys, two revocations, one account: running processes notice each by it.
  expect(await store.revision()).toBe(8)
}, 120_000)

test.each([
  ['user list'],
  ['user disable --email anna@acme.example'],
  ['token list'],
  ['token revoke k1'],
  ['tenant list'],
  ['usage report'],
  ['usage reconcile'],
  ['usage rebuild-budgets'],
  ['lake reconcile'],
  ['lake erase --tenant acme'],
])('where there is no database none is made to read it: %s', async (command) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'no-database-'))
  const { code, out, errors } = await sluice(dataDir, ...command.split(' '))
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(errors).toContain(`there is no database in ${dataDir}`)
  expect(await readdir(dataDir)).toEqual([])
  await rm(dataDir, { recursive: true })
})

test.each([
  [['tenant', 'create', '../b']],
  [['token', 'create', '--name', 'x', '--role', 'king']],
  [['token', 'create', '--name', 'x', '--budget', '5']],
  [['token', 'create', '--name', 'x', '--concurrency', 'many']],
  [['token', 'create']],
])('what is not understood is exit code 2, before anything is opened: %j', async (args) => {
  const { code, errors } = await sluice('/nowhere', ...args)
  expect(code).toBe(2)
  expect(errors).not.toBe('')
})
