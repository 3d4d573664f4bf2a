import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { blockResources } from './support/block-resources.ts'
import { eventually } from './support/gateway.ts'
import {
  type OwnFolder,
  ownFolder,
  type OwnGateway,
  startGateway,
  startOwnProcess,
} from './support/own-gateway.ts'

interface Turns {
  readonly data: readonly {
    readonly role: string
    readonly content: string
    readonly request_id: string
  }[]
  readonly has_more: boolean
  readonly last_id: string | null
}

describe('the lake in a folder', () => {
  let folder: OwnFolder
  let gateway: OwnGateway
  const env = { LAKE_COMMIT_INTERVAL_MS: '500' }

  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('lake'))
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
  }, 90_000)

  async function ask(content: string): Promise<string> {
    const messages = [{ role: 'user', content }]
    const headers = { 'x-session-id': 'kitchen' }
    const response = await gateway.chat({ model: 'demo/chat', messages }, { headers })
    await response.text()
    return response.headers.get('x-request-id') ?? ''
  }

  async function read(path: string): Promise<Turns> {
    const headers = { authorization: `Bearer ${gateway.key}` }
    const response = await fetch(`${gateway.api}${path}`, { headers })
    if (response.status !== 200) throw new Error(`${path}: ${String(response.status)}`)
    return (await response.json()) as Turns
  }

  const told = (path: string, turns: number) =>
    eventually(`${String(turns)} turns`, async () => {
      const { data } = await read(path).catch(() => ({ data: [] }))
      return data.length === turns || undefined
    })

  const version = (table: string) =>
    readFile(
      join(folder.path, 'data/lake/gateway', table, 'metadata/version-hint.text'),
      'utf8',
    ).catch(() => '')

  async function lake(...args: readonly string[]) {
    const own = { ...env, DATA_DIR: join(folder.path, 'data') }
    await using command = startOwnProcess('apps/cli/src/main.ts', {
      cwd: folder.path,
      args: ['--json', 'lake', ...args],
      env: own,
    })
    const { code } = await command.exited
    return { code, out: command.stdout, error: command.stderr }
  }

  test('M-265 M-267: what was said is read back while it is new, when it is in the tables, and after a kill', async () => {
    const first = await ask('How long do lentils take?')
    await told(`/v1/generations/${first}/turns`, 2)
    await eventually('a commit', async () => (await version('conversations')) || undefined)
    const second = await ask('And without soaking?')
    await told('/v1/conversations/kitchen/turns', 4)
    gateway.signal('SIGKILL')
    await gateway.exited
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
    const { data } = await read('/v1/conversations/kitchen/turns')
    expect(data.map(({ request_id, role }) => [request_id, role])).toEqual([
      [second, 'assistant'],
      [second, 'user'],
      [first, 'assistant'],
      [first, 'user'],
    ])
    expect(data[3]?.content).toBe('How long do lentils take?')
    const page = await read('/v1/conversations/kitchen/turns?limit=3')
    expect(page.has_more).toBe(true)
    const rest = await read(`/v1/conversations/kitchen/turns?limit=3&after=${page.last_id ?? ''}`)
    expect([...page.data, ...rest.data]).toEqual(data)
  }, 120_000)

  test('M-262 M-266: commands are refused while the gateway writes; after it they find every bill once, and a tenant is erased', async () => {
    const refused = await lake('maintain')
    expect(refused.code).toBe(1)
    expect(refused.error).toContain('one writer')
    gateway.signal('SIGTERM')
    await gateway.exited
    const day = new Date().toISOString().slice(0, 10)
    const compared = await lake('reconcile', '--from', day, '--to', day)
    expect(compared).toMatchObject({ code: 0 })
    expect(JSON.parse(compared.out)).toMatchObject({ bills: 2, differences: [] })
    expect((await lake('maintain')).code).toBe(0)
    const erased = await lake('erase', '--tenant', 'default')
    const { tables } = JSON.parse(erased.out) as { tables: readonly object[] }
    expect(tables[0]).toMatchObject({ table: 'conversations', rows_removed: 4 })
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
    await expect(read('/v1/conversations/kitchen/turns')).rejects.toThrow('404')
  }, 120_000)
})
