import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { environmentSettings, isSecretSetting } from '@sluice/gateway/settings'
import { runSluice as sluice } from './testing/run-sluice.ts'

const text = `# kept
providers:
  - { name: acme, wire: openai-chat, base_url: "http://127.0.0.1:1/v1", auth: { type: bearer, key: "\${ACME_KEY}" } }
  - { name: own, wire: openai-chat, base_url: "http://127.0.0.1:2/v1", auth: { type: bearer, key: sk-planted-secret-1234 } }
models:
  - { name: acme/fast, provider: acme, price: { input: 0.15, output: 0.60 } } # dear
keys:
  - { name: ci, key: planted-key-of-the-file-1234 }
`

async function ownFile() {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-config-'))
  const path = join(dir, 'sluice.yaml')
  await writeFile(path, text)
  return {
    path,
    env: { CONFIG_PATH: path, ACME_KEY: 'planted-of-acme' },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

interface Setting {
  readonly name: string
  readonly value: unknown
  readonly from: string
}

test('M-290: config show has every variable of docs/env.md that a gateway reads, and says where each value is from', async () => {
  await using file = await ownFile()
  const secretFile = `${file.path}.smtp`
  await writeFile(secretFile, 'planted-smtp-password\n')
  const { code, out } = await sluice(
    { ...file.env, PORT: '4000', SMTP_PASS_FILE: secretFile },
    'config',
    'show',
    '--json',
  )
  expect(code).toBe(0)
  const { settings } = JSON.parse(out) as { settings: Setting[] }
  expect(settings).toEqual(
    expect.arrayContaining([
      { name: 'PORT', value: '4000', from: 'environment' },
      { name: 'HOST', value: '127.0.0.1', from: 'default' },
      { name: 'REDIS_URL', value: null, from: 'unset' },
      { name: 'SMTP_PASS', value: '••••word', from: `file ${secretFile}` },
      { name: 'providers.acme.auth.key', value: '${ACME_KEY}', from: `${file.path}:3` },
      { name: 'providers.own.auth.key', value: '••••1234', from: `${file.path}:4` },
      { name: 'models.acme/fast.price.input', value: 0.15, from: `${file.path}:6` },
    ]),
  )
  const sections = readFileSync(new URL('../../../docs/env.md', import.meta.url), 'utf8').split(
    '\n## ',
  )
  const ofGateway = sections.filter(
    (section) => !/\]\(\.\.\/(?:apps\/cli|packages\/lake)/.test(section),
  )
  const documented = [...ofGateway.join('\n').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name)
  const shown = new Set(settings.map(({ name }) => name))
  expect(documented.filter((name) => !shown.has(name ?? ''))).toEqual([])
})

test('M-290: config show tells no secret, wherever it stands', async () => {
  await using file = await ownFile()
  const secrets = Object.keys(environmentSettings).filter((name) => isSecretSetting(name))
  // By another rule than the one that masks.
  const suspicious = Object.keys(environmentSettings).filter((name) =>
    /KEY|TOKEN|SECRET|PASS|CREDENTIAL/.test(name),
  )
  expect(suspicious.filter((name) => !secrets.includes(name))).toEqual([
    'REDIS_KEY_PREFIX',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'ENCRYPTION_KEY_ID',
    'JWT_PRIVATE_KEY_PATH',
    'LICENSE_PUBLIC_KEY_PATH',
  ])
  const env = {
    ...file.env,
    AUTH_TOKEN: 'planted-token-of-the-operator',
    OPENAI_API_KEY: 'planted-openai',
    DATABASE_URL: 'postgres://sluice:planted-in-url@127.0.0.1/x?sslpassword=planted-too',
    REDIS_URL: 'redis://:planted-redis@127.0.0.1:6379',
  }
  const shown = await sluice({ ...env, ENCRYPTION_KEY: '' }, 'config', 'show')
  expect(shown).toMatchObject({ code: 0, errors: '' })
  expect(shown.out).not.toContain('planted')
  expect(shown.out).toContain('redis://:••••@127.0.0.1:6379')
})

test('M-290: config set changes sluice.yaml where a gateway would start with it, and nothing else of it', async () => {
  await using file = await ownFile()
  await chmod(file.path, 0o600)
  const set = await sluice(
    file.env,
    'config',
    'set',
    'models.acme/fast.price.input',
    '0.2',
    '--json',
  )
  expect(set).toMatchObject({ code: 0, errors: '' })
  expect(JSON.parse(set.out)).toMatchObject({ key: 'models.acme/fast.price.input', changed: true })
  expect(await readFile(file.path, 'utf8')).toBe(text.replace('input: 0.15', 'input: 0.2'))
  expect((await stat(file.path)).mode & 0o777).toBe(0o600)

  const alias = await sluice(file.env, 'config', 'set', 'aliases.fast', '{ model: acme/fast }')
  expect(alias).toMatchObject({ code: 0, errors: '' })
  expect(await readFile(file.path, 'utf8')).toContain('# dear')
  expect(await sluice(file.env, 'config', 'unset', 'aliases.fast')).toMatchObject({ code: 0 })
  expect(await readFile(file.path, 'utf8')).not.toContain('model: acme/fast }')
})

test.each([
  ['models.acme/fast.provider', 'nobody', 'sluice.yaml:6: models[0].provider'],
  ['models.acme/fast.prize', 'free', 'prize'],
  ['default_model', '${NOT_SET}', 'NOT_SET is not set'],
  ['aliases.fast', '{', 'not valid YAML'],
  ['PORT', '4000', 'is a variable of the environment'],
])(
  'M-290: config set %s %s is exit code 2, says why, and leaves the file as it was',
  async (key, value, why) => {
    await using file = await ownFile()
    const { code, out, errors } = await sluice(file.env, 'config', 'set', key, value)
    expect([code, out]).toEqual([2, ''])
    expect(errors).toContain(why)
    expect(await readFile(file.path, 'utf8')).toBe(text)
  },
)
