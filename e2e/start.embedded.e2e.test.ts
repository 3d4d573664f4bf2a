import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { freePort, isFree } from '../tools/src/processes/free-port.ts'
import { findOnPath } from '../tools/src/servers/find-program.ts'
import { blockResources } from './support/block-resources.ts'
import { errorOf, eventually } from './support/gateway.ts'
import {
  type OwnFolder,
  ownFolder,
  type OwnGateway,
  runGateway,
  spawnGateway,
} from './support/own-gateway.ts'

const run = promisify(execFile)
const question = { model: 'demo/chat', messages: [{ role: 'user', content: 'Hello' }] }

const hasCurl = findOnPath('curl') !== null
if (!hasCurl) console.warn('skipped: install curl to run the line of the banner')
const testWithCurl = hasCurl ? test : test.skip

describe('a first start without any configuration, on a port that is taken', () => {
  let folder: OwnFolder
  let gateway: OwnGateway
  let takenPort: number
  const squatter = createServer()
  /** What was asked while it started: status and error code of each answer. */
  const early: { readonly status: number; readonly code: string | null }[] = []
  const earlyReadiness: string[] = []
  let retryAfter: string | null = null

  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('start'))
    takenPort = await portBeforeFreePort()
    squatter.listen(takenPort, '127.0.0.1')
    resources.defer(() => void squatter.close())
    await once(squatter, 'listening')
    gateway = resources.use(
      await spawnGateway({
        dir: folder.path,
        env: { PORT: String(takenPort), AUTH_TOKEN: '' },
        port: takenPort + 1,
      }),
    )
    await eventually('the first 200', askWhileStarting, 60_000)
  }, 90_000)

  async function askWhileStarting(): Promise<true | undefined> {
    if (gateway.ended) throw new Error(`the gateway ended:\n${gateway.stderr}`)
    const readiness = await fetch(`${gateway.api}/readyz`).catch(() => null)
    if (readiness === null) return undefined // not listening yet
    const { status: word } = (await readiness.json()) as { status: string }
    if (readiness.status !== 200) earlyReadiness.push(word)
    const answer = await gateway.chat(question, { key: 'nobody-knows-yet-which-it-is' })
    retryAfter ??= answer.headers.get('retry-after')
    early.push({ status: answer.status, code: (await errorOf(answer)).code })
    return readiness.status === 200 ? true : undefined
  }

  const banner = () =>
    eventually('the banner', async () => {
      const from = gateway.stderr.indexOf('Sluice is ready')
      const text = gateway.stderr.slice(from).trimEnd()
      return Promise.resolve(from >= 0 && text.includes('curl') ? text.split('\n') : undefined)
    })

  test('M-307: requests during the start get 503 with Retry-After, never another error', () => {
    // Once ready it knows that it does not know this key; before, it says that it starts.
    const before = early.slice(
      0,
      early.findIndex((answer) => answer.status === 401),
    )
    expect(before.length).toBeGreaterThan(0)
    for (const answer of before) expect(answer).toEqual({ status: 503, code: 'starting' })
    expect(retryAfter).toBe('1')
    for (const answer of early.slice(before.length)) expect(answer.status).toBe(401)
  })

  test('M-301, B-05: not ready before its checks have passed', () => {
    expect(new Set(earlyReadiness)).toEqual(new Set(['starting']))
  })

  test('M-311: the banner has at most six lines and names the address, the adapters and the providers', async () => {
    const lines = await banner()
    expect(lines.length).toBeLessThanOrEqual(6)
    const text = lines.join('\n')
    expect(text).toContain(`${gateway.api}/v1`)
    expect(text).toContain('generations=memory  queue=memory  events=database  database=pglite')
    expect(text).toMatch(/providers .*demo/)
  })

  test('the banner says that the port was taken and which one is used instead', async () => {
    const [, address = ''] = await banner()
    expect(address).toContain(`:${String(takenPort + 1)}/v1`)
    expect(address).toContain(`port ${String(takenPort)} is taken`)
  })

  testWithCurl('M-311: the line to paste streams an answer', async () => {
    const line = (await banner()).at(-1)?.replace(/^\s*try\s+/, '') ?? ''
    const { stdout } = await run('sh', ['-c', `${line} --silent --show-error --fail-with-body`])
    expect(stdout).toContain('chat.completion.chunk')
    expect(stdout.trimEnd()).toMatch(/data: \[DONE\]$/)
  })

  test('the development key of the banner is kept for the next start, readable by its owner only', async () => {
    const file = join(folder.path, 'data/dev-key')
    const key = (await readFile(file, 'utf8')).trim()
    expect((await banner()).join('\n')).toContain(key)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('a second start on the same data folder is refused and names the process that has it', async () => {
    const { code, stderr } = await runGateway({ dir: folder.path })
    expect(code).toBe(2)
    expect(stderr).toContain(`process ${String(gateway.pid)}`)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect((await gateway.chat(question, { key: 'still-serving-but-not-this-key' })).status).toBe(
      401,
    )
  })
})

/** Refused before anything is opened, so each takes as long as Node takes to load it. */
describe('a start that cannot be right', () => {
  let folder: OwnFolder
  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('refused'))
    await writeFile(join(folder.path, 'broken.yaml'), brokenFile)
  })
  const brokenFile = `providers:
  - { name: acme, wire: openai-chatt, base_url: nowhere }
models:
  - { name: acme/fast, provider: acme, price: { input: a lot, output: 1 } }
typo: 1
`
  const refusal = async (env: Record<string, string>, args: readonly string[] = []) => {
    const { code, stdout, stderr } = await runGateway({ dir: folder.path, env, args })
    return { code, lines: `${stderr}${args.length > 0 ? stdout : ''}`.trimEnd().split('\n') }
  }

  const cases: readonly {
    readonly title: string
    readonly env: Record<string, string>
    readonly lines: readonly RegExp[]
    /** `--check-config` must say the same. */
    readonly checked?: true
  }[] = [
    {
      title: 'M-306: a broken sluice.yaml, one line per problem with its place',
      env: { CONFIG_PATH: 'broken.yaml' },
      checked: true,
      lines: [
        /^broken\.yaml:2: providers\[0\]\.wire: /,
        /^broken\.yaml:2: providers\[0\]\.base_url: /,
        /^broken\.yaml:4: models\[0\]\.price\.input: /,
        /^broken\.yaml:\d+: .*typo/,
      ],
    },
    {
      title: 'M-306: a configuration file that is not there',
      env: { CONFIG_PATH: 'missing.yaml' },
      lines: [/^missing\.yaml: cannot be read/],
    },
    {
      title: 'M-306: settings that do not parse, of every part of the gateway, all at once',
      env: { PORT: 'three thousand', IDLE_TIMEOUT_MS: '2m', CORS_ENABLED: 'perhaps' },
      checked: true,
      lines: [/^PORT: /, /^CORS_ENABLED: /, /^IDLE_TIMEOUT_MS: /],
    },
    {
      title: 'HOST open to the network without AUTH_TOKEN',
      env: { HOST: '0.0.0.0', AUTH_TOKEN: '' },
      lines: [/^HOST: .*AUTH_TOKEN/],
    },
    {
      title: 'NODE_ENV=production without AUTH_TOKEN',
      env: { NODE_ENV: 'production', AUTH_TOKEN: '' },
      lines: [/^AUTH_TOKEN: /],
    },
    {
      title: 'S-152, S-161: NODE_ENV=production on a shared bus without ENCRYPTION_KEY',
      env: {
        NODE_ENV: 'production',
        USER_AUTH_ENABLED: 'false',
        REDIS_URL: 'redis://127.0.0.1:1',
        DATABASE_URL: 'postgres://127.0.0.1:1/x',
      },
      checked: true,
      lines: [/^ENCRYPTION_KEY: .*production/],
    },
    {
      title: 'an AUTH_TOKEN that can be guessed',
      env: { AUTH_TOKEN: 'secret' },
      lines: [/^AUTH_TOKEN: .*24/],
    },
  ]

  test.each(cases)('$title', async ({ env, lines, checked }) => {
    const check = checked ? [refusal(env, ['--check-config'])] : []
    for (const { code, lines: said } of await Promise.all([refusal(env), ...check])) {
      expect(code).toBe(2)
      expect(said).toHaveLength(lines.length)
      for (const line of lines) expect(said).toContainEqual(expect.stringMatching(line))
    }
  })

  test('M-306: --check-config has nothing against a good one, and starts nothing', async () => {
    const { code, lines } = await refusal({}, ['--check-config'])
    expect({ code, lines }).toEqual({ code: 0, lines: ['The configuration is valid.'] })
  })
})

/** Two neighbours, of which the second is free. */
async function portBeforeFreePort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (await isFree(port + 1)) return port
  }
}
