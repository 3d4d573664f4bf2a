// Embedded only: the metrics of a gateway of its own are counted, with nobody else's calls in between.
import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { ownFolder, startGateway } from './support/own-gateway.ts'

const calls = 1_000
const atOnce = 25
const random = () => randomBytes(9).toString('hex')

async function seriesOf(observability: string): Promise<readonly string[]> {
  const text = await (await fetch(`${observability}/metrics`)).text()
  return text.split('\n').flatMap((line) => /^[^#\s]\S*(?:\{.*\})?(?= )/.exec(line)?.[0] ?? [])
}

/** Everything that a caller may choose, chosen anew each time. */
function randomCall(api: string, key: string, index: number): Promise<Response> {
  const name = random()
  const post = (path: string, body: object, more: Record<string, string> = {}) =>
    fetch(`${api}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
      body: JSON.stringify(body),
    })
  const messages = [{ role: 'user', content: name }]
  switch (index % 8) {
    case 0:
      return post('/v1/chat/completions', { model: name, messages })
    case 1:
      return post('/v1/messages', { model: `demo/chat:${name}`, max_tokens: 9, messages })
    case 2:
      return fetch(`${api}/${name}/${random()}?${random()}`)
    case 3:
      return fetch(`${api}/v1/generations/${name}`, { headers: { authorization: `Bearer ${key}` } })
    case 4:
      return post(
        '/v1/chat/completions',
        { model: 'demo/chat', messages },
        {
          authorization: `Bearer gw_live_${name}_${random()}`,
        },
      )
    case 5:
      return post(`/v1beta/models/${name}:generateContent`, { contents: [] })
    case 6:
      return post('/v1/tenants', { id: `t-${name}` })
    default:
      return post(
        '/v1/chat/completions',
        { model: 'demo/chat', messages, user: name },
        {
          'user-agent': name,
          'x-client-name': name,
          'x-request-id': name,
        },
      )
  }
}

test('S-42: a thousand names of models, paths, keys, tenants and clients make no series of their own', async () => {
  await using folder = await ownFolder('metric-labels')
  await using gateway = await startGateway({ dir: folder.path })
  const { api, key, observability } = gateway
  const round = async (from: number, to: number) => {
    for (let i = from; i < to; i += atOnce)
      await Promise.all(
        Array.from({ length: atOnce }, async (_, n) => (await randomCall(api, key, i + n)).text()),
      )
  }
  await round(0, 100)
  const before = await seriesOf(observability)
  expect(before.length).toBeGreaterThan(50)
  await round(100, calls)
  const after = await seriesOf(observability)
  expect(new Set(after).size).toBe(after.length)
  // A status or an outcome that the first hundred did not meet.
  expect(after.filter((series) => !before.includes(series)).length).toBeLessThan(25)
}, 60_000)
