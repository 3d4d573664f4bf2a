import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { startDemoProvider } from './support/own-demo-provider.ts'
import { ownFolder, runGateway, startGateway, startOwnProcess } from './support/own-gateway.ts'

/* Embedded: the command line needs the database for itself, and the keys of a running process are those it was started with. */

const secret = 'sk-that-no-file-may-hold-0123456789'
const oldKey = randomBytes(32).toString('base64')
const newKey = randomBytes(32).toString('base64')
const both = {
  ENCRYPTION_KEY: newKey,
  ENCRYPTION_KEY_ID: 'new',
  ENCRYPTION_KEYS_PREVIOUS: `old:${oldKey}`,
}

test('M-321 S-152: after a rotation the old key is not needed, without it before the gateway does not start, and no file holds the credential', async () => {
  await using folder = await ownFolder('rotate')
  await using demo = await startDemoProvider(folder.path)
  const start = (env: Readonly<Record<string, string>>) => startGateway({ dir: folder.path, env })
  const onlyNew = { ENCRYPTION_KEY: newKey, ENCRYPTION_KEY_ID: 'new' }
  const messages = [{ role: 'user', content: 'Hello' }]
  {
    await using gateway = await start({ ENCRYPTION_KEY: oldKey, ENCRYPTION_KEY_ID: 'old' })
    const post = (path: string, body: object) =>
      fetch(`${gateway.api}/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const auth = { type: 'bearer', key: secret }
    const row = { name: 'acme', wire: 'openai-chat', base_url: `${demo.url}/v1`, auth }
    expect((await post('/providers', row)).status).toBe(201)
    const model = { name: 'acme/chat', upstream_model: 'demo/chat', price: 'free' }
    expect((await post('/providers/acme/models', model)).status).toBe(201)
  }
  const locked = await runGateway({ dir: folder.path, env: onlyNew })
  expect(locked.code).not.toBe(0)
  expect(`${locked.stdout}${locked.stderr}`).toContain('ENCRYPTION_KEY')

  await using rotation = startOwnProcess('apps/cli/src/main.ts', {
    cwd: folder.path,
    args: ['--json', 'secrets', 'rotate'],
    env: { ...both, DATA_DIR: join(folder.path, 'data') },
  })
  expect(await rotation.exited).toMatchObject({ code: 0 })
  expect(JSON.parse(rotation.stdout)).toMatchObject({ key_id: 'new', credentials: 1, resealed: 1 })

  await using gateway = await start(onlyNew)
  const answer = await gateway.chat({ model: 'acme/chat', messages })
  expect(answer.status).toBe(200)
  await answer.text()
  const { credential } = await demo.served(answer.headers.get('x-request-id') ?? '')
  expect(credential).not.toBeNull()
  const files = await readdir(folder.path, { recursive: true, withFileTypes: true })
  for (const file of files.filter((each) => each.isFile())) {
    const data = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0))
    expect([file.name, data.includes(secret)]).toEqual([file.name, false])
  }
}, 120_000)
