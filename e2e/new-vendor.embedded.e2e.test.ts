import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { blockResources } from './support/block-resources.ts'
import { errorOf, eventually } from './support/gateway.ts'
import { type OwnFolder, ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]

/** An authority that nobody else trusts, and what it vouches for. */
const certificates = join(import.meta.dirname, '../packages/upstream/src/__fixtures__')
const pem = (name: string) => readFileSync(join(certificates, name))

/** A vendor that nobody has heard of: OpenAI's shape at an address of its own. */
class Vendor implements AsyncDisposable {
  readonly calls: { readonly path: string; readonly key: string; readonly body: string }[] = []
  /** Answers that wait for a word. */
  readonly held: ServerResponse[] = []
  hold = false
  readonly #tls: ServerOptions | null
  readonly #server

  constructor(tls: ServerOptions | null = null) {
    this.#tls = tls
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response)
    }
    this.#server = tls === null ? createServer(answer) : createTlsServer(tls, answer)
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get url(): string {
    const scheme = this.#tls === null ? 'http' : 'https'
    return `${scheme}://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/v1`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string
    if (request.method === 'POST') {
      this.calls.push({
        path: request.url ?? '',
        key: request.headers.authorization ?? '',
        body,
      })
    }
    response.setHeader('content-type', 'application/json')
    if (this.hold) this.held.push(response)
    else this.finish(response)
  }

  finish(response: ServerResponse): void {
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        created: 1_767_225_600,
        model: 'fast-2',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

describe('a vendor is one row', () => {
  let folder: OwnFolder
  let vendor: Vendor
  let locked: Vendor
  let gateway: OwnGateway

  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('vendor'))
    vendor = resources.use(await new Vendor().start())
    locked = resources.use(
      await new Vendor({
        cert: pem('server.pem'),
        key: pem('server-key.pem'),
        ca: pem('ca.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      }).start(),
    )
    await write('first-key-of-acme')
    gateway = resources.use(
      await startGateway({ dir: folder.path, env: { DEMO_PROVIDER_ENABLED: 'false' } }),
    )
  }, 90_000)

  async function write(key: string): Promise<void> {
    const file = join(folder.path, 'sluice.yaml')
    const text = `
providers:
  - { name: acme, wire: openai-chat, base_url: "${vendor.url}", auth: { type: bearer, key: "${key}" } }
  - name: locked
    wire: openai-chat
    base_url: "${locked.url}"
    tls: { ca: "${certificates}/ca.pem", cert: "${certificates}/client.pem", key: "${certificates}/client-key.pem" }
  - { name: shut, wire: openai-chat, base_url: "${locked.url}", tls: { ca: "${certificates}/ca.pem" } }
models:
  - { name: locked/fast, provider: locked, upstream_model: fast-2, price: free }
  - { name: shut/fast, provider: shut, upstream_model: fast-2, price: free }
  - { name: acme/fast, provider: acme, upstream_model: fast-2, price: { input: 0.15, output: 0.60 }, capabilities: { images: false, context_window: 1000 } }
`
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }

  test('M-110, M-111: callers of OpenAI’s dialect reach it', async () => {
    const response = await gateway.chat({ model: 'acme/fast', messages })
    expect(await response.json()).toMatchObject({
      model: 'acme/fast',
      choices: [{ message: { content: 'Yes.' } }],
      usage: { total_tokens: 10 },
    })
    expect(vendor.calls.at(-1)).toMatchObject({
      path: '/v1/chat/completions',
      key: 'Bearer first-key-of-acme',
    })
    expect(JSON.parse(vendor.calls.at(-1)?.body ?? '')).toMatchObject({ model: 'fast-2' })
  })

  test('M-016: and callers of Anthropic’s', async () => {
    const response = await fetch(`${gateway.api}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'acme/fast', max_tokens: 100, messages }),
    })
    expect(await response.json()).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'Yes.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 7, output_tokens: 3 },
    })
  })

  test.each([
    [
      'M-088: an image, which its row denies',
      [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'https://a.example/b' } }],
        },
      ],
    ],
    ['M-250: more than its window holds', [{ role: 'user', content: 'word '.repeat(2_000) }]],
  ])('%s, is a 400 that names the member; the vendor is not called', async (_, larger) => {
    const before = vendor.calls.length
    const response = await gateway.chat({ model: 'acme/fast', messages: larger })
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'capability_missing', param: 'messages' })
    expect(vendor.calls).toHaveLength(before)
  })

  test('M-036: a provider that asks for a certificate is shown the one of its row; without one there is no call', async () => {
    const answered = await gateway.chat({ model: 'locked/fast', messages })
    expect(await answered.json()).toMatchObject({ choices: [{ message: { content: 'Yes.' } }] })
    const before = locked.calls.length
    const refused = await gateway.chat({ model: 'shut/fast', messages })
    expect(refused.status).toBe(502)
    expect(await errorOf(refused)).toMatchObject({ code: 'upstream_error' })
    expect(locked.calls).toHaveLength(before)
  })

  test('M-121: a changed key is used by the next call, while calls under way end on the old one', async () => {
    vendor.hold = true
    const underWay = gateway.chat({ model: 'acme/fast', messages })
    await eventually('the call', async () => Promise.resolve(vendor.held[0]))
    vendor.hold = false
    await write('second-key-of-acme')
    await eventually(
      'the new key',
      async () => {
        await (await gateway.chat({ model: 'acme/fast', messages })).text()
        return vendor.calls.at(-1)?.key === 'Bearer second-key-of-acme' ? true : undefined
      },
      10_000,
    )
    for (const response of vendor.held) vendor.finish(response)
    expect((await underWay).status).toBe(200)
    expect(gateway.stdout).not.toContain('key-of-acme')
  }, 20_000)
})
