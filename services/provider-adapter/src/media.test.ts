import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { startAdapter } from '../test/support/start-adapter.ts'

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const png = Buffer.from('\x89PNG\r\n\x1A\n and so on', 'latin1')

async function serveFile(body: Buffer) {
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push({
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return { host, url: `http://${host}/a.png`, asked: () => asked }
}

/** A provider that keeps what it is sent. */
async function start(wire: RouteTarget['wire'], env: Record<string, string> = {}) {
  const bodies: string[] = []
  const adapter = await startAdapter(
    cleanup,
    {
      acme(request, response) {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          bodies.push(Buffer.concat(chunks).toString())
          response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{}}')
        })
      },
    },
    { env, row: { wire } },
  )
  const ask = async (url: string) => {
    const image = { type: 'image_url', image_url: { url } }
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }]
    const id = await adapter.ask({ messages, wire, needs: ['images'], stream: false })
    return (await adapter.entriesOf(id)).at(-1)?.end?.error
  }
  /** A PDF by its address, in the words of each dialect. */
  const askAbout = async (dialect: keyof typeof documentCalls, ...urls: readonly string[]) => {
    const body = documentCalls[dialect](urls)
    const id = await adapter.ask({ dialect, wire, body, documents: true, stream: false })
    return (await adapter.entriesOf(id)).at(-1)?.end?.error
  }
  return { ask, askAbout, bodies }
}

const documentCalls = {
  'openai-responses': (urls: readonly string[]) => ({
    input: [{ role: 'user', content: urls.map((file_url) => ({ type: 'input_file', file_url })) }],
    messages: undefined,
  }),
  'anthropic-messages': (urls: readonly string[]) => ({
    max_tokens: 100,
    messages: [
      {
        role: 'user',
        content: urls.map((url) => ({ type: 'document', source: { type: 'url', url } })),
      },
    ],
  }),
} as const

describe('M-008: an image by its address', () => {
  test.each(['openai-chat', 'gemini', 'ollama'] as const)(
    'M-320: one inside the network is a 400 that names the member, whatever the provider speaks: %s',
    async (wire) => {
      const { ask, bodies } = await start(wire)
      const error = await ask('http://169.254.169.254/latest/meta-data')
      expect(error).toMatchObject({ code: 'outbound_refused', status: 400, param: 'messages' })
      expect(bodies).toEqual([])
    },
  )

  test.each(['gemini', 'ollama'] as const)(
    'T39: is fetched for %s, which takes only files',
    async (wire) => {
      const file = await serveFile(png)
      const { ask, bodies } = await start(wire, { OUTBOUND_ALLOWED_HOSTS: file.host })
      await ask(file.url)
      expect(file.asked()).toBe(1)
      expect(bodies[0]).toContain(png.toString('base64'))
      expect(bodies[0]).not.toContain(file.url)
    },
  )

  test('T39: goes on as it is to a provider that fetches it', async () => {
    const file = await serveFile(png)
    const { ask, bodies } = await start('openai-chat', { OUTBOUND_ALLOWED_HOSTS: file.host })
    await ask(file.url)
    expect(file.asked()).toBe(0)
    expect(bodies[0]).toContain(file.url)
  })

  test('T39: is what its bytes are, not what its name says', async () => {
    const file = await serveFile(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
    const { ask, bodies } = await start('gemini', { OUTBOUND_ALLOWED_HOSTS: file.host })
    expect(await ask(file.url)).toMatchObject({ code: 'media_unusable', status: 400 })
    expect(bodies).toEqual([])
  })

  test('a data URL reaches the provider as bytes', async () => {
    const { ask, bodies } = await start('gemini')
    await ask(`data:image/png;base64,${png.toString('base64')}`)
    expect(bodies[0]).toContain(png.toString('base64'))
  })
})

const pdf = Buffer.from('%PDF-1.7 and so on')

describe('M-008: a document by its address', () => {
  const dialects = ['openai-responses', 'anthropic-messages'] as const
  const inlining = ['gemini', 'bedrock-converse', 'openai-chat'] as const
  const pairs = dialects.flatMap((dialect) => inlining.map((wire) => [dialect, wire] as const))

  test.each(pairs)(
    'T39: of a caller in %s is fetched for %s, which takes bytes',
    async (from, to) => {
      const file = await serveFile(pdf)
      const { askAbout, bodies } = await start(to, { OUTBOUND_ALLOWED_HOSTS: file.host })
      await askAbout(from, file.url)
      expect(file.asked()).toBe(1)
      expect(bodies[0]).toContain(pdf.toString('base64'))
      expect(bodies[0]).not.toContain(file.url)
    },
  )

  test('T39: is fetched for Claude on Bedrock, whose dialect it passes through', async () => {
    const file = await serveFile(pdf)
    const { askAbout, bodies } = await start('bedrock-invoke', {
      OUTBOUND_ALLOWED_HOSTS: file.host,
    })
    await askAbout('anthropic-messages', file.url)
    expect(bodies[0]).toContain(pdf.toString('base64'))
    expect(bodies[0]).toContain('application/pdf')
  })

  test('T39: goes on as it is to a provider that fetches it', async () => {
    const file = await serveFile(pdf)
    const { askAbout, bodies } = await start('anthropic-messages', {
      OUTBOUND_ALLOWED_HOSTS: file.host,
    })
    await askAbout('openai-responses', file.url)
    expect(file.asked()).toBe(0)
    expect(bodies[0]).toContain(file.url)
  })

  test.each(dialects)(
    'M-320: inside the network it is a 400 that names the member: %s',
    async (from) => {
      const { askAbout, bodies } = await start('openai-chat')
      const param = from === 'openai-responses' ? 'input' : 'messages'
      expect(await askAbout(from, 'http://169.254.169.254/latest/meta-data')).toMatchObject({
        code: 'outbound_refused',
        status: 400,
        param,
      })
      expect(bodies).toEqual([])
    },
  )

  test('that is no PDF is a 400, whatever its name says', async () => {
    const file = await serveFile(png)
    const { askAbout, bodies } = await start('gemini', { OUTBOUND_ALLOWED_HOSTS: file.host })
    expect(await askAbout('anthropic-messages', file.url)).toMatchObject({
      code: 'media_unusable',
      status: 400,
    })
    expect(bodies).toEqual([])
  })

  test('that is larger than may be fetched is a 400; so are several that are too large together', async () => {
    const large = await serveFile(Buffer.concat([pdf, Buffer.alloc(9_000_000)]))
    const env = { OUTBOUND_ALLOWED_HOSTS: large.host }
    const few = await start('gemini', { ...env, OUTBOUND_MAX_BYTES: '1000000' })
    expect(await few.askAbout('anthropic-messages', large.url)).toMatchObject({ status: 400 })
    const many = await start('gemini', env)
    const urls = Array.from({ length: 5 }, (_, i) => `${large.url}?${String(i)}`)
    expect(await many.askAbout('anthropic-messages', ...urls)).toMatchObject({ status: 400 })
    expect([...few.bodies, ...many.bodies]).toEqual([])
  })
})
