import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createSluice } from '@sluice/sdk'
import { gatewayUnderTest } from './support/gateway.ts'
import { ownFolder, startOwnProcess } from './support/own-gateway.ts'

const { apis, clusterJson, key, mode } = gatewayUnderTest()

async function sluice(env: Readonly<Record<string, string>>, ...args: string[]) {
  await using folder = await ownFolder('cli')
  await using own = startOwnProcess('apps/cli/src/main.ts', { cwd: folder.path, args, env })
  const { code } = await own.exited
  return { code, out: own.stdout, errors: own.stderr }
}

describe.each(apis)('%s', (api) => {
  const env = { SLUICE_URL: api, AUTH_TOKEN: key }

  test('M-290: status --json says that the gateway is ready, with what, and how its upstreams stand', async () => {
    const { code, out, errors } = await sluice(env, 'status', '--json')
    expect([code, errors]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({
      url: api,
      status: 'ok',
      version: '0.1.0',
      uptime_s: expect.any(Number) as unknown,
      adapters: { generations: mode === 'embedded' ? 'memory' : 'redis' },
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'generations', ok: true }),
      ]) as unknown,
      upstreams: expect.arrayContaining([
        expect.objectContaining({ name: 'demo', enabled: true }),
      ]) as unknown,
      upstreams_problem: null,
    })
    const spoken = await sluice(env, 'status')
    expect(spoken.out).toMatch(/^status\tok at http:\S+, version \S+, up \d+ \w+$/m)
  })

  test('M-290: models and providers are what this key may see, and no more', async () => {
    const made = await createSluice({ baseUrl: api, apiKey: key }).POST('/v1/tokens', {
      body: { name: 'cli', role: 'user', models: ['demo/chat'] },
    })
    const user = ['--key', made.data?.key ?? '']
    const [models, few, providers, refused, status] = await Promise.all([
      sluice(env, 'models', '--json'),
      sluice(env, 'models', ...user),
      sluice(env, 'providers', '--json'),
      sluice(env, 'providers', ...user),
      sluice(env, 'status', '--json', ...user),
    ])
    const ids = (JSON.parse(models.out) as { data: { id: string }[] }).data.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(['demo/chat', 'demo/echo']))
    expect(few.out).toBe('demo/chat\tdemo\n')
    expect(JSON.parse(providers.out)).toMatchObject({
      object: 'list',
      data: expect.arrayContaining([
        expect.objectContaining({ name: 'demo', origin: 'built-in' }),
      ]) as unknown,
    })
    expect([refused.code, refused.out]).toEqual([1, ''])
    expect(refused.errors).toContain('answered 403')
    // Readiness is everybody's, upstreams are not.
    expect(status.code).toBe(0)
    expect(JSON.parse(status.out)).toMatchObject({ status: 'ok', upstreams: null })
  })

  test('M-290: a key that is not good is exit code 1 and says which settings it is from', async () => {
    const { code, errors } = await sluice({ SLUICE_URL: api, SLUICE_KEY: 'wrong' }, 'models')
    expect(code).toBe(1)
    expect(errors).toMatch(/answered 401.*--key, SLUICE_KEY or AUTH_TOKEN/)
  })
})

test('M-290: with the gateway down status is exit code 1, prints nothing that parses, and says what to do', async () => {
  const down = await sluice({ PORT: '1' }, 'status', '--json')
  expect([down.code, down.out]).toEqual([1, ''])
  expect(down.errors).toMatch(/No gateway answers at http:\/\/127\.0\.0\.1:1 .*npm start/)
})

const onServers = mode === 'distributed' ? test : test.skip
onServers(
  'M-290: db status says that the database of the cluster has every migration',
  async () => {
    const { stores } = JSON.parse(readFileSync(clusterJson ?? '', 'utf8')) as {
      stores: { postgres: string }
    }
    const { code, out } = await sluice({ DATABASE_URL: stores.postgres }, 'db', 'status', '--json')
    const { schemas } = JSON.parse(out) as { schemas: { applied: unknown[]; pending: unknown[] }[] }
    expect(schemas.flatMap(({ pending }) => pending)).toEqual([])
    expect(schemas.every(({ applied }) => applied.length > 0)).toBe(true)
    expect(code).toBe(0)
  },
)
