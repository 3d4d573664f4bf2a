import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { killReplica, readCluster } from './support/cluster.ts'
import { eventually, gatewayUnderTest } from './support/gateway.ts'
import { embeddedLedgers, type Ledgers, postgresLedgers } from './support/ledgers.ts'
import { startDemoProvider } from './support/own-demo-provider.ts'
import { ownFolder, startGateway } from './support/own-gateway.ts'

interface ServedCall {
  readonly request_id: string | null
  readonly tokens: number
  readonly prompt_tokens: number
  readonly status: number
  readonly outcome: string
}

interface Call {
  readonly model: string
  readonly stream?: boolean
  readonly headers?: Record<string, string>
  /** Leaves after the first bytes. */
  readonly leaves?: boolean
}

/** USD per million tokens of the demo models, as nano-USD per token. */
const price = { input: 150, output: 600 }

const calls: readonly Call[] = [
  ...Array.from({ length: 6 }, (_, i): Call => ({ model: 'demo/chat', stream: i % 2 === 0 })),
  { model: 'demo/chat:no-usage', stream: true },
  { model: 'demo/chat:429', stream: true },
  { model: 'demo/chat:500' },
  { model: 'demo/chat:truncate', stream: true },
  { model: 'demo/chat:error-midstream', stream: true },
  { model: 'demo/chat:garbage', stream: true },
  { model: 'demo/chat:html' },
  { model: 'no/such/model' },
  ...Array.from({ length: 3 }, (): Call => {
    const headers = { 'x-demo-tokens': '200', 'x-demo-interval-ms': '50' }
    return { model: 'demo/chat', stream: true, headers, leaves: true }
  }),
]

/** Makes the calls, twice those with a key of their own, and gives the ids of the requests that were accepted. */
async function traffic(api: string, key: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  const one = async (call: Call, index: number, headers: Record<string, string> = {}) => {
    const leave = new AbortController()
    const response = await fetch(`${api}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...call.headers,
        ...headers,
      },
      body: JSON.stringify({
        model: call.model,
        stream: call.stream ?? false,
        messages: [{ role: 'user', content: `Ledger call ${String(index)}` }],
      }),
      signal: leave.signal,
    })
    ids.add(response.headers.get('x-request-id') ?? '')
    if (call.leaves) {
      await response.body?.getReader().read()
      leave.abort()
    } else await response.text()
  }
  await Promise.all(calls.map((call, i) => one(call, i)))
  // The same generation for all of them: one provider call, one row in each ledger.
  const key50 = { 'idempotency-key': `ledger-${String(performance.now())}` }
  const repeated = Array.from({ length: 5 }, () => one({ model: 'demo/chat' }, 1_000, key50))
  await Promise.all(repeated)
  return ids
}

function assertBooksAgree(
  ids: ReadonlySet<string>,
  { customer, provider }: Ledgers,
  served: readonly ServedCall[],
): void {
  const bills = customer.filter((row) => ids.has(row.request_id))
  expect(bills.map((row) => row.request_id).toSorted()).toEqual([...ids].toSorted())

  const rows = provider.filter((row) => ids.has(row.request_id))
  const confirmed = rows.filter((row) => row.state !== 'unconfirmed')
  const seen = served.filter((call) => call.request_id !== null && ids.has(call.request_id))
  for (const id of ids) {
    const ofRequest = rows.filter((row) => row.request_id === id)
    const attempts = ofRequest.map((row) => row.attempt).toSorted((a, b) => a - b)
    expect(attempts).toEqual(attempts.map((_, i) => i + 1))
    const callsSeen = seen.filter((call) => call.request_id === id).length
    // A row without a call is one of a worker that died before it called.
    expect(ofRequest.length).toBeGreaterThanOrEqual(callsSeen)
    const named = confirmed.filter((row) => row.request_id === id).length
    expect(named).toBeLessThanOrEqual(callsSeen)
  }

  for (const row of rows) {
    const call = seen.find((each) => each.request_id === row.request_id)
    if (row.state === 'completed' && !row.estimated) {
      expect([row.input_tokens, row.output_tokens]).toEqual([call?.prompt_tokens, call?.tokens])
    }
    const { input_tokens, output_tokens } = row
    const cost = input_tokens * price.input + output_tokens * price.output
    expect(row.cost_nano_usd).toBe(cost)
  }
  for (const bill of bills) {
    const { input_tokens, output_tokens } = bill
    const amount = input_tokens * price.input + output_tokens * price.output
    expect(bill.amount_nano_usd).toBe(amount)
  }
}

function parseLog(text: string): ServedCall[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as ServedCall)
}

const { mode, apis, key: sharedKey, demoLog } = gatewayUnderTest()

if (mode === 'embedded') {
  test('I5, I6: both ledgers agree with what the provider saw, after failures, cancels and retries', async () => {
    await using folder = await ownFolder('ledger')
    await using demo = await startDemoProvider(folder.path)
    const env = { DEMO_PROVIDER_URL: demo.url }
    const gateway = await startGateway({ dir: folder.path, env })
    let ids: ReadonlySet<string>
    try {
      ids = await traffic(gateway.api, gateway.key)
    } finally {
      await gateway[Symbol.asyncDispose]()
    }
    const served = parseLog(await readFile(join(folder.path, 'demo-provider.jsonl'), 'utf8'))
    const ledgers = await embeddedLedgers(folder.path)
    assertBooksAgree(ids, ledgers, served)
    expect(ledgers.provider.filter((row) => row.state === 'unconfirmed')).toEqual([])
  }, 60_000)
} else {
  const settled = async (ids: ReadonlySet<string>) => {
    const { postgres } = readCluster().stores
    await eventually(
      'a bill for every request',
      async () => {
        const { customer } = await postgresLedgers(postgres)
        const billed = customer.filter((row) => ids.has(row.request_id))
        return billed.length >= ids.size ? true : undefined
      },
      30_000,
    )
    return postgresLedgers(postgres)
  }

  test('I5, I6: both ledgers agree with what the provider saw, after failures, cancels and retries', async () => {
    const ids = await traffic(apis[0] ?? '', sharedKey)
    assertBooksAgree(ids, await settled(ids), parseLog(await readFile(demoLog ?? '', 'utf8')))
  }, 60_000)

  test('FM16, I6: and after a provider-adapter was killed under load', async () => {
    const api = apis[0] ?? ''
    const [ids] = await Promise.all([traffic(api, sharedKey), killReplica('provider-adapter', 0)])
    assertBooksAgree(ids, await settled(ids), parseLog(await readFile(demoLog ?? '', 'utf8')))
  }, 90_000)
}
