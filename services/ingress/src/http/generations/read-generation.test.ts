import { describe, expect, test } from '@jest/globals'
import { GenerationView } from '@sluice/contracts/http/generation'
import { noUsage } from '@sluice/contracts/usage'
import { newRequestId } from '@sluice/kernel/ids'
import { chat, errorOf, eventually, get, post } from '../../../test/support/client.ts'
import type { Script } from '../../../test/support/scripted-worker.ts'
import { keys, startTestIngress, type TestIngress } from '../../../test/support/test-ingress.ts'

const stream = { ...chat, stream: true }
const cancelled = { code: 'cancelled', status: 499, message: 'cancelled', retryable: false }

/** Publishes one event and runs until it is cancelled. */
const hanging: Script = async (work) => {
  await work.publish('{"choices":[]}')
  await work.cancelled
  await work.fail(cancelled, 'cancelled')
}

async function view(ingress: TestIngress, id: string): Promise<GenerationView> {
  const response = await get(ingress, `/v1/generations/${id}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return GenerationView.parse(await response.json())
}

const idOf = (response: Response) => response.headers.get('x-request-id') ?? ''
const cancel = (ingress: TestIngress, id: string, key: string = keys.all) =>
  get(ingress, `/v1/generations/${id}/cancel`, { method: 'POST', key })

describe('GET /v1/generations/{id}', () => {
  test('tells what is known while it runs, and what it came to', async () => {
    const goOn = Promise.withResolvers<void>()
    await using ingress = await startTestIngress({
      async script(work) {
        await work.publish('{"choices":[]}')
        await goOn.promise
        await work.complete('[DONE]')
      },
    })
    const response = await post(ingress, stream)
    const id = idOf(response)
    const running = await view(ingress, id)
    expect(running).toMatchObject({
      id,
      state: 'running',
      model: 'acme/fast',
      attempts: [{ attempt: 1, provider: 'stub', state: 'running' }],
      usage: null,
      cost_nano_usd: null,
      finished_at: null,
    })
    expect(running.created_at).toBeGreaterThan(Date.now() - 10_000)
    expect(running.last_cursor).toMatch(/^\d+-1$/)
    goOn.resolve()
    await response.text()
    const ended = await view(ingress, id)
    expect(ended).toMatchObject({
      state: 'completed',
      usage: { ...noUsage, input_tokens: 3, output_tokens: 5 },
      cost_nano_usd: 42,
    })
    expect(ended.finished_at).toBeGreaterThanOrEqual(ended.created_at)
    expect(ended.last_cursor).toBe((running.last_cursor ?? '').replace(/-1$/, '-2'))
    expect(ended.error).toBeUndefined()
  })

  test('a failed one says why', async () => {
    const error = { code: 'upstream_error', status: 502, message: 'It failed', retryable: true }
    await using ingress = await startTestIngress({ script: (work) => work.fail(error) })
    const response = await post(ingress, chat)
    await response.text()
    const failed = await view(ingress, idOf(response))
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'upstream_error', message: 'It failed' },
    })
  })

  test.each(['', '/api/client/v1'])('is also under %j', async (prefix) => {
    await using ingress = await startTestIngress()
    const id = idOf(await post(ingress, chat))
    expect((await get(ingress, `${prefix}/generations/${id}/`)).status).toBe(200)
  })
})

describe('POST /v1/generations/{id}/cancel', () => {
  test('M-005: ends it, and its readers are told; again and again is the same', async () => {
    await using ingress = await startTestIngress({ script: hanging })
    const response = await post(ingress, stream)
    const id = idOf(response)
    const first = await cancel(ingress, id)
    expect(first.status).toBe(202)
    expect(GenerationView.parse(await first.json()).id).toBe(id)
    const text = await response.text()
    expect(text).toContain('"error"')
    expect(text).not.toContain('[DONE]')
    for (let again = 0; again < 2; again++) {
      const repeated = await cancel(ingress, id)
      expect(repeated.status).toBe(202)
      expect(await repeated.json()).toMatchObject({ id, state: 'cancelled' })
    }
  })

  test('a whole answer stays whole', async () => {
    await using ingress = await startTestIngress()
    const id = idOf(await post(ingress, chat))
    const response = await cancel(ingress, id)
    expect(response.status).toBe(202)
    expect(await response.json()).toMatchObject({ state: 'completed' })
  })
})

describe('404', () => {
  test('another tenant, another key, and what never was: one answer, and nothing is cancelled', async () => {
    await using ingress = await startTestIngress({ script: hanging })
    const response = await post(ingress, stream)
    const id = idOf(response)
    const bodies = new Set<string>()
    for (const [other, key] of [
      [id, keys.stranger],
      [id, keys.acme],
      [newRequestId(Date.now()), keys.all],
      ['nonsense', keys.all],
    ] as const) {
      for (const answer of [
        await get(ingress, `/v1/generations/${other}`, { key }),
        await cancel(ingress, other, key),
      ]) {
        expect(answer.status).toBe(404)
        bodies.add(await answer.text())
      }
    }
    expect(bodies.size).toBe(1)
    expect((await view(ingress, id)).state).toBe('running')
    await cancel(ingress, id)
    await response.text()
    await eventually(() => ingress.log.some(({ outcome }) => outcome === 'cancelled'))
  })
})

describe('405', () => {
  test.each([
    ['POST', '', 'GET, HEAD'],
    ['GET', '/cancel', 'POST'],
  ])('%s of %j', async (method, rest, allowed) => {
    await using ingress = await startTestIngress()
    const response = await get(ingress, `/v1/generations/${newRequestId(0)}${rest}`, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allowed)
    expect((await errorOf(response)).code).toBe('method_not_allowed')
  })
})
