import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { findOnPath } from '../tools/src/servers/find-program.ts'
import { blockResources } from './support/block-resources.ts'
import { errorOf, eventually } from './support/gateway.ts'
import {
  type ChatOptions,
  type OwnFolder,
  ownFolder,
  type OwnGateway,
  startGateway,
  statusOf,
} from './support/own-gateway.ts'

/** Found nowhere but where a test put them. */
const canary = {
  prompt: 'CANARY-PROMPT-7f3a',
  key: 'CANARY-KEY-of-this-gateway-91c4',
  unknownKey: 'CANARY-KEY-nobody-has-22b8',
  cookie: 'CANARY-COOKIE-5d01',
  query: 'CANARY-QUERY-6e17',
}

const hasPromtool = findOnPath('promtool') !== null
if (!hasPromtool)
  console.warn('skipped: install promtool (Debian: prometheus) to check the metrics with it')
const testWithPromtool = hasPromtool ? test : test.skip

describe('what a gateway tells about itself', () => {
  let folder: OwnFolder
  let gateway: OwnGateway

  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('observability'))
    // A thousand addresses are tried here, all of them from one place.
    const env = { AUTH_TOKEN: canary.key, LOG_LEVEL: 'trace', RATE_LIMIT_IP_MAX: '1000000' }
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
  }, 90_000)

  const metrics = async () => (await fetch(`${gateway.observability}/metrics`)).text()

  async function metric(name: string): Promise<number> {
    const line = (await metrics()).split('\n').find((text) => text.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1))
  }

  /** Sends one chat call and reads its answer to the end. */
  async function chat(body: object, options?: ChatOptions): Promise<Response> {
    const response = await gateway.chat(body, options)
    const copy = response.clone()
    await response.text()
    return copy
  }

  describe('metrics', () => {
    test('M-302: on the observability port, and not on the API’s', async () => {
      expect(await statusOf(`${gateway.observability}/metrics`)).toBe(200)
      expect(await statusOf(`${gateway.observability}/health`)).toBe(200)
      expect(await statusOf(`${gateway.api}/metrics`)).toBe(404)
      expect(await statusOf(`${gateway.observability}/v1/models`)).toBe(404)
    })

    test('M-309: what is in flight is counted, and the counters return to 0', async () => {
      const body = { model: 'demo/slow', stream: true, messages: [{ role: 'user', content: 'Hi' }] }
      const leave = new AbortController()
      const open = await Promise.all(
        [1, 2, 3].map(() => gateway.chat(body, { signal: leave.signal })),
      )
      expect(open.map(({ status }) => status)).toEqual([200, 200, 200])
      expect(await metric('gateway_inflight_requests')).toBe(3)
      expect(await metric('gateway_upstream_running')).toBe(3)
      leave.abort()
      for (const name of ['gateway_inflight_requests', 'gateway_upstream_running']) {
        await eventually(`${name} 0`, async () => ((await metric(name)) === 0 ? true : undefined))
      }
    })

    test('M-303: calls are counted by route and status, their tokens by direction, a thousand random paths as one route', async () => {
      const messages = [{ role: 'user', content: 'Count me' }]
      await chat({ model: 'demo/chat', stream: true, messages })
      await chat({ model: 'demo/chat:500', messages })
      await statusOf(`${gateway.api}/nope`)
      const before = await metrics()
      for (const line of [
        /^gateway_requests_total\{route="\/v1\/chat\/completions",status="200"\} \d/m,
        /^gateway_requests_total\{route="\/v1\/chat\/completions",status="500"\} \d/m,
        /^gateway_request_duration_seconds_bucket\{le="1",route="\/v1\/chat\/completions",stream="true"\} \d/m,
        /^gateway_time_to_first_token_seconds_count [1-9]/m,
        /^gateway_tokens_total\{direction="output"\} [1-9]/m,
        /^gateway_upstream_calls_total\{provider="demo",outcome="failed"\} [1-9]/m,
      ]) {
        expect(before).toMatch(line)
      }

      const random = () => `${gateway.api}/${crypto.randomUUID()}/v1/${crypto.randomUUID()}`
      for (let round = 0; round < 50; round += 1)
        await Promise.all(Array.from({ length: 20 }, () => statusOf(random())))
      expect(seriesOf(await metrics())).toEqual(seriesOf(before))
    })

    testWithPromtool('M-303: promtool has nothing against them', async () => {
      const check = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
      let said = ''
      for (const output of [check.stdout, check.stderr])
        output.setEncoding('utf8').on('data', (text: string) => (said += text))
      check.stdin.end(await metrics())
      const [code] = (await once(check, 'close')) as [number | null]
      expect({ code, said }).toEqual({ code: 0, said: '' })
    })
  })

  // The last one: it ends the gateway, whose shutdown may talk as well.
  test('M-304: no prompt, no answer, no credential is in the logs or in the metrics, whatever becomes of the call', async () => {
    const messages = [{ role: 'user', content: canary.prompt }]
    // Its answer is the prompt, word by word.
    const echo = { model: 'demo/echo', messages }
    const tools = [{ type: 'function', function: { name: 'look_up', description: canary.prompt } }]
    const headers = { cookie: canary.cookie, 'x-demo-note': canary.prompt }

    const plain = await chat({ ...echo, tools, user: canary.prompt }, { headers })
    expect(await plain.text()).toContain(canary.prompt)
    expect(await (await chat({ ...echo, stream: true })).text()).toContain(canary.prompt)
    for (const scenario of ['429', '500', 'html', 'garbage', 'truncate', 'error-midstream']) {
      await chat({ model: `demo/chat:${scenario}`, messages })
      await chat({ model: `demo/chat:${scenario}`, messages, stream: true })
    }
    const invalid = await chat({ ...echo, temperature: canary.prompt })
    expect((await errorOf(invalid)).param).toBe('temperature')
    expect((await chat(echo, { key: canary.unknownKey })).status).toBe(401)
    const brokenJson = { method: 'POST', body: `{"messages": "${canary.prompt}"` }
    const authorization = { authorization: `Bearer ${canary.key}` }
    const asJson = { ...authorization, 'content-type': 'application/json' }
    const broken = await fetch(`${gateway.api}/v1/chat/completions`, {
      ...brokenJson,
      headers: asJson,
    })
    expect(broken.status).toBe(400)
    await fetch(`${gateway.api}/v1/models?key=${canary.query}`, { headers: authorization })
    await fetch(`${gateway.api}/v1/${canary.query}?key=${canary.query}`)
    const leave = new AbortController()
    await gateway.chat({ model: 'demo/slow', stream: true, messages }, { signal: leave.signal })
    leave.abort()

    const told = await metrics()
    gateway.signal('SIGTERM')
    await gateway.exited
    // It did talk about these calls.
    expect(gateway.stdout.split('inference call').length).toBeGreaterThan(15)
    expect(gateway.stdout).toContain('"client_disconnected"')
    for (const secret of Object.values(canary)) {
      expect(gateway.stdout).not.toContain(secret)
      expect(gateway.stderr).not.toContain(secret)
      expect(told).not.toContain(secret)
    }
  }, 60_000)
})

/** Names and labels without values; those of Node's own metrics come and go with its resources. */
function seriesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('gateway_'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .toSorted()
}
