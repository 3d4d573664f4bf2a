import type { RequestListener, ServerResponse } from 'node:http'
import { memoryUsage } from 'node:process'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createDemoProvider } from '@sluice/demo-provider'
import { systemClock } from '@sluice/kernel/clock'
import { startAdapter } from '../test/support/start-adapter.ts'

/*
 * FM20: what a provider may do wrong, and what becomes of the generation. Every case has a spare provider behind it: it is called exactly when
 * the error may pass and nothing was published.
 */

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const part = `data: {"choices":[{"index":0,"delta":{"content":"published"},"finish_reason":null}]}\n\n`

const status =
  (code: number): RequestListener =>
  (_request, response) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end('{"error":{}}')

const stream =
  (write: (response: ServerResponse) => void): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    write(response)
  }

/** Writes for ever, as fast as it is read. */
function flood(response: ServerResponse, start: string, chunk: string): void {
  response.write(start)
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', write)
  write()
}

interface Fault {
  readonly title: string
  readonly provider: RequestListener
  readonly becomes: 'answered by the spare' | 'failed'
  readonly status?: number
  readonly env?: Record<string, string>
}

const faults: readonly Fault[] = [
  { title: '429', provider: status(429), becomes: 'answered by the spare' },
  { title: '500', provider: status(500), becomes: 'answered by the spare' },
  { title: '529', provider: status(529), becomes: 'answered by the spare' },
  { title: '400', provider: status(400), becomes: 'failed', status: 400 },
  {
    title: 'no first byte',
    provider: () => undefined,
    becomes: 'answered by the spare',
    env: { FIRST_BYTE_TIMEOUT_MS: '1000' },
  },
  {
    title: 'a reset before the first byte',
    provider: (request) => request.socket.destroy(),
    becomes: 'answered by the spare',
  },
  {
    title: 'a reset in the first event',
    provider: stream((response) => {
      response.write(part.slice(0, 20), () => response.socket?.resetAndDestroy())
    }),
    becomes: 'answered by the spare',
  },
  {
    title: 'a reset after a part',
    provider: stream((response) => {
      response.write(part)
      setTimeout(() => response.socket?.resetAndDestroy(), 50)
    }),
    becomes: 'failed',
    status: 502,
  },
  {
    title: 'silence after a part',
    provider: stream((response) => response.write(part)),
    becomes: 'failed',
    status: 504,
    env: { IDLE_TIMEOUT_MS: '300' },
  },
  {
    title: 'an end without a finish reason',
    provider: stream((response) => response.end(part)),
    becomes: 'failed',
    status: 502,
  },
  {
    title: 'a line that is no JSON after a part',
    provider: stream((response) => response.end(`${part}data: {"choices"\n\n`)),
    becomes: 'failed',
    status: 502,
  },
  {
    title: 'an event of 10 MB after a part',
    provider: stream((response) => {
      response.write(part)
      response.end(`data: {"choices":[{"delta":{"content":"${'x'.repeat(10_000_000)}"}}]}\n\n`)
    }),
    becomes: 'failed',
    status: 502,
  },
  {
    title: 'a line that never ends',
    provider: stream((response) => {
      flood(response, `${part}data: {"choices":[{"delta":{"content":"`, 'x'.repeat(65_536))
    }),
    becomes: 'failed',
    status: 502,
  },
]

describe('FM20: a provider that', () => {
  test.each(faults)('gives $title: $becomes', async ({ provider, becomes, status: code, env }) => {
    const spare = createDemoProvider({ clock: systemClock })
    const adapter = await startAdapter(cleanup, { provider, spare }, env ? { env } : {})
    const before = memoryUsage().rss
    const entries = await adapter.entriesOf(await adapter.ask())
    const end = entries.at(-1)?.end
    const text = entries.map(({ data }) => data.toString()).join('\n')
    if (becomes === 'answered by the spare') {
      expect(end?.state).toBe('completed')
      expect(entries[0]?.head?.provider).toBe('spare')
    } else {
      expect(end).toMatchObject({ state: 'failed', error: { status: code } })
      expect(text).not.toContain('[DONE]')
    }
    // Wide, since the test's own servers, buffers and garbage are in this process too: a line kept without bound never ends at all.
    expect(memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
    await until(() => adapter.records.length > 0)
    const called = becomes === 'failed' ? ['provider'] : ['provider', 'spare']
    expect(adapter.records[0]?.calls.map((call) => call.provider)).toEqual(called)
  })

  test('sends no end marker after a whole answer is taken as it is', async () => {
    const finish = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n`
    const provider = stream((response) => response.end(part + finish))
    const adapter = await startAdapter(cleanup, { provider })
    const entries = await adapter.entriesOf(await adapter.ask())
    expect(entries.at(-1)?.end?.state).toBe('completed')
  })

  test('sends a plain reply larger than we take fails, and is left', async () => {
    const left = Promise.withResolvers<void>()
    const provider: RequestListener = (_request, response) => {
      response.on('close', () => {
        left.resolve()
      })
      response.writeHead(200, { 'content-type': 'application/json' })
      flood(response, '{"choices":[', 'x'.repeat(65_536))
    }
    const options = { env: { MAX_REPLY_BYTES: '1000000' } }
    const adapter = await startAdapter(cleanup, { provider }, options)
    const entries = await adapter.entriesOf(await adapter.ask({ stream: false }))
    expect(entries.at(-1)?.end).toMatchObject({ state: 'failed', error: { status: 502 } })
    await left.promise
  })
})

const wires = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'ollama',
  'bedrock-converse',
] as const

const garbage: readonly [string, (response: ServerResponse) => void][] = [
  ['HTML', (response) => response.end('<html><body>Bad gateway</body></html>')],
  ['cut JSON', (response) => response.end('data: {"choices":[{"delta":')],
  ['invalid UTF-8', (response) => response.end(Buffer.from('data: \xFF\xFE\xC0\n\n', 'latin1'))],
  ['a line that never ends', (response) => flood(response, 'data: ', 'x'.repeat(65_536))],
  ['nothing', (response) => response.end()],
]

/** Whatever a provider is spoken to in, and whether it is asked for a stream or not. */
describe.each(wires)('garbage from a provider that speaks %s', (wire) => {
  test.each(garbage)('%s: a mapped error, an estimated row, no hang', async (_, write) => {
    const env = { MAX_REPLY_BYTES: '4000000' }
    const adapter = await startAdapter(cleanup, { provider: stream(write) }, { env })
    for (const [index, isStream] of [true, false].entries()) {
      const entries = await adapter.entriesOf(await adapter.ask({ wire, stream: isStream }))
      expect(entries.at(-1)?.end).toMatchObject({ state: 'failed', error: { status: 502 } })
      await until(() => adapter.records.length > index)
      // It had begun to answer: what it read costs, and the count is ours.
      expect(adapter.records[index]?.calls).toMatchObject([{ state: 'failed', estimated: true }])
    }
  })
})
