import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openPglite } from '@sluice/store-postgres/pglite-database'
import { allMigrations } from '@sluice/store-postgres/migrations/all-migrations'
import { copyOfTemplate } from '@sluice/store-postgres/testing/temporary-pglite'
import { runSluice } from './testing/run-sluice.ts'

async function dbStatus(dataDir: string) {
  const { code, out, errors } = await runSluice({ DATA_DIR: dataDir }, 'db', 'status', '--json')
  return { code, errors, status: JSON.parse(out) as DatabaseStatus }
}

interface DatabaseStatus {
  readonly exists: boolean
  readonly schemas: readonly {
    readonly schema: string
    readonly applied: readonly { readonly id: number; readonly applied_at: string }[]
    readonly pending: readonly { readonly id: number; readonly name: string }[]
    readonly unknown: readonly { readonly id: number }[]
  }[]
}

test('M-290: db status tells applied, pending and unknown migrations of each schema, and is exit code 1 while one is pending', async () => {
  const dataDir = await copyOfTemplate()
  await using folder = new AsyncDisposableStack()
  folder.defer(() => rm(dataDir, { recursive: true, force: true }))
  expect((await dbStatus(dataDir)).code).toBe(1)
  expect(await runSluice({ DATA_DIR: dataDir }, 'migrate')).toMatchObject({ code: 0 })
  const whole = await dbStatus(dataDir)
  expect(whole).toMatchObject({ code: 0, errors: '', status: { exists: true } })
  for (const [i, { schema, migrations }] of allMigrations.entries()) {
    const found = whole.status.schemas[i]
    expect(found).toMatchObject({ schema, pending: [], unknown: [] })
    expect(found?.applied.map(({ id }) => id)).toEqual(migrations.map(({ id }) => id))
  }
  expect(whole.status.schemas[0]?.applied[0]?.applied_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  {
    await using database = await openPglite({ dataDir })
    await database.query('DELETE FROM auth.migrations WHERE id = 2')
    await database.query("INSERT INTO usage.migrations (id, name) VALUES (999, 'of tomorrow')")
  }
  const part = await dbStatus(dataDir)
  expect(part.code).toBe(1)
  expect(part.errors).toContain('1 migrations are pending: npm run cli -- migrate')
  const by = (name: string) => part.status.schemas.find(({ schema }) => schema === name)
  expect(by('auth')?.pending.map(({ id }) => id)).toEqual([2])
  expect(by('usage')?.unknown.map(({ id }) => id)).toEqual([999])
}, 120_000)

test('M-290: db status makes no database where there is none', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-no-database-'))
  await using folder = new AsyncDisposableStack()
  folder.defer(() => rm(dataDir, { recursive: true, force: true }))
  expect(await dbStatus(dataDir)).toMatchObject({ code: 1, status: { exists: false } })
  expect(await readdir(dataDir)).toEqual([])
})
