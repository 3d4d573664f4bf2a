import { expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { chat, eventsOf, eventually, get, post } from '../../test/support/client.ts'
import type { Script, Work } from '../../test/support/scripted-worker.ts'
import { startTestIngress, type TestIngress } from '../../test/support/test-ingress.ts'

const stream = { ...chat, stream: true }
const graceMs = 150
const env = { INGRESS_DISCONNECT_GRACE_MS: String(graceMs) }

/** Publishes one event, then runs until it is cancelled or told to complete. */
function worker() {
  const works: Work[] = []
  const complete = Promise.withResolvers<void>()
  let cancelled = 0
  const script: Script = async (work) => {
    works.push(work)
    await work.publish('{"choices":[]}')
    const ending = await Promise.race([work.cancelled, complete.promise.then(() => 'complete')])
    if (ending === 'complete') return work.complete('[DONE]')
    cancelled += 1
    const error = { code: 'cancelled', status: 499, message: 'cancelled', retryable: false }
    await work.fail(error, 'cancelled')
  }
  return { script, cancelled: () => cancelled, complete: () => complete.resolve() }
}

/** A reader that can leave. */
class Reader {
  readonly id: string
  readonly text: Promise<string>
  readonly #connection: AbortController

  private constructor(response: Response, connection: AbortController) {
    this.id = response.headers.get('x-request-id') ?? ''
    this.#connection = connection
    this.text = response.text()
    this.text.catch(() => undefined)
  }

  static async call(ingress: TestIngress, headers: Record<string, string> = {}): Promise<Reader> {
    const connection = new AbortController()
    const { signal } = connection
    return new Reader(await post(ingress, stream, { headers, signal }), connection)
  }

  static async resume(ingress: TestIngress, id: string): Promise<Reader> {
    const connection = new AbortController()
    const { signal } = connection
    const response = await get(ingress, `/v1/generations/${id}/stream`, { signal })
    expect(response.status).toBe(200)
    return new Reader(response, connection)
  }

  /** Resolves when the ingress has noticed. */
  async leave({ log }: TestIngress): Promise<void> {
    const departures = () => log.filter(({ outcome }) => outcome === 'client_disconnected').length
    const before = departures()
    this.#connection.abort()
    await eventually(() => departures() > before)
  }
}

test('M-005: a grace ends when somebody goes on reading, in another process too', async () => {
  const work = worker()
  await using one = await startTestIngress({ script: work.script, env })
  await using other = await startTestIngress({ generations: one.generations, env })
  for (const ingress of [one, other]) {
    const caller = await Reader.call(one, { 'idempotency-key': `for-${ingress.url}` })
    await caller.leave(one)
    const reader = await Reader.resume(ingress, caller.id)
    await sleep(graceMs * 2)
    expect(work.cancelled()).toBe(0)
    if (ingress === other) work.complete()
    if (ingress === other) expect(eventsOf(await reader.text).at(-1)?.data).toBe('[DONE]')
  }
})

test('M-005: a caller that leaves for good takes nothing from who else reads', async () => {
  const work = worker()
  await using one = await startTestIngress({ script: work.script, env })
  await using other = await startTestIngress({ generations: one.generations, env })
  const caller = await Reader.call(one)
  const reader = await Reader.resume(other, caller.id)
  await caller.leave(one)
  await sleep(graceMs * 2)
  expect(work.cancelled()).toBe(0)
  work.complete()
  expect(eventsOf(await reader.text).at(-1)?.data).toBe('[DONE]')
})

test('M-005: when the last reader of several left, the call has its grace, and then it ends', async () => {
  const work = worker()
  await using one = await startTestIngress({ script: work.script, env })
  await using other = await startTestIngress({ generations: one.generations, env })
  const caller = await Reader.call(one)
  const reader = await Reader.resume(other, caller.id)
  await caller.leave(one)
  const left = performance.now()
  await reader.leave(other)
  await eventually(() => work.cancelled() === 1)
  expect(performance.now() - left).toBeGreaterThan(graceMs * 0.9)
})

test('M-005: what is to run to its end does so, whoever reads it on the way and leaves', async () => {
  const work = worker()
  await using one = await startTestIngress({ script: work.script, env })
  const caller = await Reader.call(one, { 'x-gateway-on-disconnect': 'continue' })
  const reader = await Reader.resume(one, caller.id)
  await caller.leave(one)
  await reader.leave(one)
  await sleep(graceMs * 2)
  expect(work.cancelled()).toBe(0)
  work.complete()
})

test('M-005: the operator’s default counts where the call says nothing itself', async () => {
  const work = worker()
  await using one = await startTestIngress({
    script: work.script,
    env: { ...env, INGRESS_ON_DISCONNECT: 'continue' },
  })
  const silent = await Reader.call(one)
  await silent.leave(one)
  await sleep(graceMs * 2)
  expect(work.cancelled()).toBe(0)
  const outspoken = await Reader.call(one, { 'x-gateway-on-disconnect': 'cancel' })
  await outspoken.leave(one)
  await eventually(() => work.cancelled() === 1)
  work.complete()
})

test('M-305, FM08: a client that a shutdown cut off has the grace to come back to another process', async () => {
  const work = worker()
  await using one = await startTestIngress({ script: work.script, env })
  await using other = await startTestIngress({
    generations: one.generations,
    env: { ...env, SHUTDOWN_TIMEOUT_MS: '50' },
  })
  const [returning, gone] = [await Reader.call(other), await Reader.call(other)]
  await other.service[Symbol.asyncDispose]()
  await expect(returning.text).rejects.toThrow()
  await expect(gone.text).rejects.toThrow()
  expect(work.cancelled()).toBe(0)
  const reader = await Reader.resume(one, returning.id)
  await eventually(() => work.cancelled() === 1)
  work.complete()
  expect(eventsOf(await reader.text).at(-1)?.data).toBe('[DONE]')
})
