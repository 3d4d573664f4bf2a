import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { copyFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { createSluice } from '@sluice/sdk'
import { typesOfInterface } from '../packages/sdk/src/testing/types-of-interface.ts'
import { repository } from '../tools/src/repository.ts'
import { errorOf, gatewayUnderTest, postChat } from './support/gateway.ts'
import { ownFolder } from './support/own-gateway.ts'

const { apis, key } = gatewayUnderTest()
const [first = ''] = apis
const sluice = createSluice({ baseUrl: first, apiKey: key })
const chat = { model: 'demo/chat', messages: [{ role: 'user', content: 'Hello' }] }

interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, { security: unknown[]; operationId: string }>>
}

async function readDocument(api: string): Promise<Document> {
  return (await (await fetch(`${api}/openapi.json`)).json()) as Document
}

async function makeKey(settings: object): Promise<{ id: string; key: string }> {
  const made = await sluice.POST('/v1/tokens', { body: { name: 'management', ...settings } })
  if (!made.data) throw new Error(JSON.stringify(made.error))
  return made.data
}

describe.each(apis)('%s', (api) => {
  test('M-022, M-024: every address of /openapi.json is served, and wants a credential unless it says otherwise', async () => {
    const { openapi, paths } = await readDocument(api)
    expect(openapi).toBe('3.1.1')
    const wrong: string[] = []
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        const init = { method: method.toUpperCase() }
        const response = await fetch(api + path.replaceAll(/\{\w+\}/g, 'abc'), init)
        const body = await response.text()
        // A session that is not good is another 401.
        const isOpen = !body.includes('"invalid_api_key"') && !body.includes('authentication_error')
        const isMissing = response.status === 405 || body.includes('"resource_not_found"')
        if (isMissing || isOpen !== (security.length === 0)) {
          wrong.push(`${method} ${path}: ${String(response.status)}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  test('M-070, S-8, S-12: a key has the scope it was made with, however it is sent, and none of what it was not', async () => {
    const refused = await sluice.POST('/v1/tokens', {
      body: { name: 'n', tenant_id: 'B' } as unknown as { name: string },
    })
    expect(refused.response.status).toBe(400)
    expect(refused.error).toMatchObject({ error: { param: 'tenant_id' } })

    const made = await makeKey({ scopes: ['/v1/embeddings'] })
    const embedding = JSON.stringify({ model: 'demo/embed', input: 'x' })
    const type = { 'content-type': 'application/json' }
    for (const header of ['authorization', 'x-api-key', 'api-key']) {
      const value = header === 'authorization' ? `Bearer ${made.key}` : made.key
      const headers = { ...type, [header]: value }
      const post = (path: string, body: string) =>
        fetch(api + path, { method: 'POST', headers, body })
      expect((await post('/v1/embeddings', embedding)).status).toBe(200)
      for (const path of [
        '/v1/chat/completions',
        '/chat/completions/',
        '/v1/messages',
        '/v1/tokens',
      ]) {
        expect([path, (await post(path, JSON.stringify(chat))).status]).toEqual([path, 403])
      }
    }
  })

  test('M-067: a key for other addresses is a 403 from here, and its body limit a 413', async () => {
    const elsewhere = await makeKey({ ip_allow: ['10.0.0.0/8'] })
    const away = await postChat(api, chat, {
      headers: { authorization: `Bearer ${elsewhere.key}` },
    })
    expect([away.status, (await errorOf(away)).code]).toEqual([403, 'permission_denied'])
    const forged = { authorization: `Bearer ${elsewhere.key}`, 'x-forwarded-for': '10.0.0.1' }
    expect((await postChat(api, chat, { headers: forged })).status).toBe(403)

    const small = await makeKey({ max_body_bytes: 200, ip_allow: ['127.0.0.0/8', '::1/128'] })
    const headers = { authorization: `Bearer ${small.key}` }
    expect((await postChat(api, chat, { headers })).status).toBe(200)
    const long = { ...chat, messages: [{ role: 'user', content: 'x'.repeat(200) }] }
    expect((await postChat(api, long, { headers })).status).toBe(413)
  })

  test('S-71: what no database takes as text is refused before it comes to one', async () => {
    const nul = await postChat(
      api,
      String.raw`{"model":"a\u0000","messages":[{"role":"user","content":"x"}]}`,
    )
    expect([nul.status, (await errorOf(nul)).param]).toEqual([400, 'model'])
    const named = await sluice.POST('/v1/tokens', { body: { name: 'a\0b' } })
    expect(named.response.status).toBe(400)
  })
})

test('M-024: a client made from the document that is served compiles, and knows what a call has to have', async () => {
  const sdk = new URL('../packages/sdk/', import.meta.url)
  await using folder = await ownFolder('sdk')
  const file = (name: string) => join(folder.path, name)
  await symlink(new URL('node_modules', sdk), file('node_modules'))
  await copyFile(new URL('src/client.ts', sdk), file('client.ts'))
  await writeFile(file('schema.ts'), await typesOfInterface(await readDocument(first)))
  const use = (body: string) => `import { createSluice } from './client.ts'
    const sluice = createSluice({ baseUrl: 'http://127.0.0.1' })
    const { data, error } = await sluice.POST('/v1/tokens', { body: ${body} })
    console.log(data?.key.length ?? error?.error.message.length)`
  await writeFile(file('good.ts'), use(`{ name: 'ci', limits: { concurrency: 4 } }`))
  await writeFile(file('bad.ts'), use(`{ limits: { concurrency: 4 } }`))
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    typeRoots: [join(repository, 'node_modules/@types')],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  }
  await writeFile(file('package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(file('tsconfig.json'), JSON.stringify({ compilerOptions }))
  const tsc = join(repository, 'node_modules', '.bin', 'tsc')
  const child = spawn(tsc, ['-p', folder.path, '--pretty', 'false'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await text(child.stdout)
  const problems = [...said.matchAll(/(\w+\.ts)\(\d+,\d+\): error/g)].map(([, name]) => name)
  expect([problems, said]).toEqual([['bad.ts'], expect.stringContaining("'name' is missing")])
}, 60_000)

test('M-024: the example of the SDK runs as it stands', async () => {
  const readme = readFileSync(new URL('../packages/sdk/README.md', import.meta.url), 'utf8')
  const [, code = ''] = /```ts\n([^]*?)```/.exec(readme) ?? []
  const flags = ['--conditions=@sluice/source', '--input-type=module-typescript', '--eval', code]
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    env: { ...process.env, SLUICE_API_URL: first, SLUICE_API_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const out = await text(child.stdout)
  expect(out).toContain("'demo/chat'")
  expect(out.trim().split('\n').at(-1)).toBe('model_not_found')
})
