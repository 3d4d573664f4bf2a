import { beforeAll, describe, expect, test } from '@jest/globals'
import { blockResources } from './support/block-resources.ts'
import { eventually } from './support/gateway.ts'
import { type OwnFolder, ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'
import { readLedger } from './support/own-ledger.ts'

/** A stream of the demo provider: tokens, and the pause between them. */
const stream = (gateway: OwnGateway, tokens: number, intervalMs: number) =>
  gateway.chat(
    { model: 'demo/chat', stream: true, messages: [{ role: 'user', content: 'A long answer' }] },
    { headers: { 'x-demo-tokens': String(tokens), 'x-demo-interval-ms': String(intervalMs) } },
  )
const idOf = (response: Response) => response.headers.get('x-request-id') ?? ''

/** Status of a call on a connection of its own; null when the gateway takes no connection. */
async function newCall(gateway: OwnGateway): Promise<number | null> {
  const question = { model: 'demo/chat', messages: [{ role: 'user', content: 'Too late?' }] }
  try {
    const response = await gateway.chat(question, { headers: { connection: 'close' } })
    await response.text()
    return response.status
  } catch {
    return null
  }
}

/** The starts follow each other on the same data, as they do when an operator restarts the gateway. */
describe('stopping the gateway', () => {
  let folder: OwnFolder
  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('shutdown'))
  })
  test('M-305: a second Ctrl-C ends it at once', async () => {
    await using gateway = await startGateway({ dir: folder.path })
    const answer = await stream(gateway, 1_000, 100)
    gateway.signal('SIGINT')
    await eventually('the first to be obeyed', async () =>
      (await newCall(gateway)) === 200 ? undefined : true,
    )
    expect(gateway.ended).toBe(false)
    const again = performance.now()
    gateway.signal('SIGINT')
    const { code } = await gateway.exited
    expect(code).toBe(1)
    expect(performance.now() - again).toBeLessThan(2_000)
    await expect(answer.text()).rejects.toThrow() // broken, which a client can tell from an end
  }, 90_000)

  test('M-305, M-309, B-01: SIGTERM lets an open stream end, takes nothing new, loses no bill and exits with 0', async () => {
    // On the folder of a process that did not clean up.
    await using gateway = await startGateway({ dir: folder.path })
    const answers = await Promise.all(Array.from({ length: 20 }, () => stream(gateway, 3, 0)))
    await Promise.all(answers.map((answer) => answer.text()))
    const long = await stream(gateway, 40, 50)
    expect(await newCall(gateway)).toBe(200)
    gateway.signal('SIGTERM')

    const refused = await eventually('new calls to be refused', async () => {
      const status = await newCall(gateway)
      return status === 200 ? undefined : { status }
    })
    expect([503, null]).toContain(refused.status)
    const text = await long.text()
    expect(text.trimEnd()).toMatch(/data: \[DONE\]$/)
    expect(text).not.toContain('"error"')
    expect(await gateway.exited).toEqual({ code: 0, signal: null })

    const ledger = await readLedger(folder.path)
    for (const answer of answers) expect(ledger.get(idOf(answer))?.state).toBe('completed')
    expect(ledger.get(idOf(long))).toMatchObject({ state: 'completed', output_tokens: 40 })
  }, 60_000)

  test('M-305: a stream that outlasts SHUTDOWN_TIMEOUT_MS gets a terminal error, its bill, and the exit code is 0', async () => {
    const env = { SHUTDOWN_TIMEOUT_MS: '500' }
    await using gateway = await startGateway({ dir: folder.path, env })
    const long = await stream(gateway, 1_000, 50)
    const stopped = performance.now()
    gateway.signal('SIGTERM')
    const events = (await long.text()).trimEnd().split('\n\n')
    expect(events.at(-1)).toContain('"code":"shutting_down"')
    expect(events.join('')).not.toContain('[DONE]')
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - stopped).toBeLessThan(5_000)

    const row = (await readLedger(folder.path)).get(idOf(long))
    expect(row).toMatchObject({ state: 'failed', error_code: 'shutting_down' })
    expect(row?.output_tokens).toBeGreaterThan(0)
  }, 60_000)
})
