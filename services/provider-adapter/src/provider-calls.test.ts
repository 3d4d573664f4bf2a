import type { RequestListener, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { reportLost } from '@sluice/contracts/rpc/usage'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { createDemoProvider, type ServedCall } from '@sluice/demo-provider'
import type { Claim, Generations, Revocation } from '@sluice/generations'
import { type Clock, systemClock } from '@sluice/kernel/clock'
import { serveRpc } from '@sluice/work-queue/rpc'
import { type AdapterOptions, startAdapter } from '../test/support/start-adapter.ts'

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const demo = (calls: ServedCall[] = []) =>
  createDemoProvider({ clock: systemClock, onCall: (call) => calls.push(call) })
const start = (servers: Record<string, RequestListener>, options: AdapterOptions = {}) =>
  startAdapter(cleanup, servers, options)

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const refusing =
  (status: number): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{}}')

const text = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`

/** Answers a stream by hand. */
const streaming =
  (write: (response: ServerResponse) => void): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    write(response)
  }

const finished = (usage: unknown) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n` +
  `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`

describe('the record of a provider call', () => {
  test('I6: a call that answered has one, with the tokens and the cost of the bill', async () => {
    const adapter = await start({ acme: demo() })
    await adapter.entriesOf(await adapter.ask())
    await until(() => adapter.records.length > 0)
    const [record] = adapter.records
    expect(record?.calls).toMatchObject([
      {
        attempt: 1,
        provider: 'acme',
        state: 'completed',
        error_code: null,
        estimated: false,
        input_tokens: record?.input_tokens,
        output_tokens: record?.output_tokens,
        cost_nano_usd: record?.amount_nano_usd,
        finished_at: record?.finished_at,
      },
    ])
  })

  test('I6: each call of a plan has one, in order; only the one that answered is billed', async () => {
    const adapter = await start({ first: refusing(429), second: refusing(503), third: demo() })
    await adapter.entriesOf(await adapter.ask())
    await until(() => adapter.records.length > 0)
    expect(adapter.records[0]).toMatchObject({
      state: 'completed',
      provider: 'third',
      calls: [
        { attempt: 1, provider: 'first', state: 'failed', cost_nano_usd: 0, output_tokens: 0 },
        { attempt: 2, provider: 'second', state: 'failed', cost_nano_usd: 0 },
        { attempt: 3, provider: 'third', state: 'completed' },
      ],
    })
    expect(adapter.records[0]?.amount_nano_usd).toBe(adapter.records[0]?.calls[2]?.cost_nano_usd)
  })

  test('a call is announced before it is made: without the announcement it is not made', async () => {
    const calls: ServedCall[] = []
    const announced = Promise.withResolvers<void>()
    const adapter = await start(
      { first: refusing(503), second: demo(calls) },
      {
        generations: () => ({
          nextAttempt() {
            announced.resolve()
            return Promise.resolve({ ok: false, refusal: 'fenced' })
          },
        }),
      },
    )
    await adapter.ask()
    await announced.promise
    // A later call of the same provider: what was sent before it has arrived before it.
    const later = await adapter.ask({ via: ['second'] })
    await adapter.entriesOf(later)
    await until(() => calls.length > 0)
    expect(calls.map((call) => call.request_id)).toEqual([later])
  })

  test('a provider that is not configured was not called, and has none', async () => {
    const adapter = await start({ acme: demo() })
    await adapter.entriesOf(await adapter.ask({ via: ['elsewhere'] }))
    await until(() => adapter.records.length > 0)
    expect(adapter.records).toMatchObject([{ error_code: 'provider_unknown', calls: [] }])
  })

  test('I6: one that was left half-way is told as cancelled, and billed on what was received', async () => {
    const adapter = await start({
      acme: streaming((response) => {
        response.write(text('forty characters of an unfinished answer'))
      }),
    })
    const id = await adapter.ask()
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    await adapter.generations.cancel(id, 'stop')
    await until(() => adapter.records.length > 0)
    expect(adapter.records[0]).toMatchObject({
      state: 'cancelled',
      output_tokens: 10,
      calls: [{ state: 'cancelled', output_tokens: 10, estimated: true }],
    })
  })
})

describe('FM21: usage that cannot be true', () => {
  test.each([
    ['is missing', null],
    ['is negative', { prompt_tokens: -5, completion_tokens: 10, total_tokens: 5 }],
    ['is huge', { prompt_tokens: 5, completion_tokens: 9e15, total_tokens: 9e15 }],
    ['is no number', { prompt_tokens: '5', completion_tokens: null }],
  ])('is estimated and says so when it %s', async (_, usage) => {
    const adapter = await start({
      acme: streaming((response) => response.end(text('12345678') + finished(usage))),
    })
    await adapter.entriesOf(await adapter.ask())
    await until(() => adapter.records.length > 0)
    const [record] = adapter.records
    expect(record).toMatchObject({ state: 'completed', estimated: true, output_tokens: 2 })
    expect(record?.input_tokens).toBeGreaterThan(0)
    expect(record?.amount_nano_usd).toBeLessThan(1_000_000)
    expect(record?.calls).toMatchObject([{ estimated: true, output_tokens: 2 }])
  })
})

describe('a cancel where an abort does not stop the bill', () => {
  const row = { abortStopsBilling: false }

  test('reads on without publishing, and bills the provider’s own count', async () => {
    const release = Promise.withResolvers<void>()
    const adapter = await start(
      {
        acme: streaming((response) => {
          response.write(text('seen'))
          void release.promise.then(() => {
            const usage = { prompt_tokens: 7, completion_tokens: 99, total_tokens: 106 }
            response.end(text('unseen') + finished(usage))
          })
        }),
      },
      { row },
    )
    const id = await adapter.ask()
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    await adapter.generations.cancel(id, 'stop')
    release.resolve()
    await until(() => adapter.records.length > 0)
    expect(adapter.records[0]).toMatchObject({
      state: 'cancelled',
      estimated: false,
      output_tokens: 99,
      calls: [{ state: 'completed', estimated: false, output_tokens: 99 }],
    })
    const log = await adapter.entriesOf(id)
    expect(log.map(({ data }) => data.toString()).join('')).not.toContain('unseen')
    expect(log.at(-1)?.end?.state).toBe('cancelled')
  })

  test('gives up before its lease is over, closes the socket, and estimates', async () => {
    const closed = Promise.withResolvers<void>()
    const adapter = await start(
      {
        acme: streaming((response) => {
          response.write(text('endless'))
          response.on('close', () => {
            closed.resolve()
          })
        }),
      },
      { row },
    )
    const id = await adapter.ask()
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    const before = systemClock.monotonic()
    await adapter.generations.cancel(id, 'stop')
    await closed.promise
    await until(() => adapter.records.length > 0)
    expect(systemClock.monotonic() - before).toBeLessThan(4_500)
    expect(adapter.records[0]).toMatchObject({
      state: 'cancelled',
      estimated: true,
      calls: [{ state: 'cancelled' }],
    })
  })
})

describe('a process that stood still between its claim and its call', () => {
  /** Reads the answer to its first claim 3 s late; `meanwhile` is what happened in that time. */
  function frozenOnce(meanwhile: (inner: Generations, claim: Claim) => Promise<unknown>) {
    let skewMs = 0
    const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skewMs }
    const generations = (inner: Generations): Partial<Generations> => ({
      async claim(id, onRevoked) {
        const claimed = await inner.claim(id, onRevoked)
        if (skewMs > 0 || !claimed.ok) return claimed
        skewMs = 3_000
        await meanwhile(inner, claimed.claim)
        return claimed
      },
    })
    return { clock, generations }
  }

  test('FM18: makes no call for a generation that it has lost meanwhile', async () => {
    const calls: ServedCall[] = []
    // Fenced off as by a reaper; the generation comes to the next worker, which here is the same process.
    const adapter = await start(
      { acme: demo(calls) },
      frozenOnce((inner, claim) => inner.release(claim)),
    )
    await adapter.entriesOf(await adapter.ask())
    await until(() => adapter.records.length > 0)
    expect(calls).toHaveLength(1)
    expect(adapter.records[0]?.calls).toMatchObject([
      { attempt: 1, state: 'unconfirmed', cost_nano_usd: 0 },
      { attempt: 2, state: 'completed' },
    ])
  })

  test('calls when it still holds it', async () => {
    const calls: ServedCall[] = []
    const adapter = await start(
      { acme: demo(calls) },
      frozenOnce(() => Promise.resolve()),
    )
    const entries = await adapter.entriesOf(await adapter.ask())
    expect(entries.at(-1)?.end?.state).toBe('completed')
    expect(calls).toHaveLength(1)
  })
})

describe('a process that must end', () => {
  test('hands a generation that has published nothing to another process, which answers it', async () => {
    let arrived = 0
    const inner = demo()
    const adapter = await start({
      acme: (request, response) => {
        arrived += 1
        // The first call is left without an answer.
        if (arrived > 1) inner(request, response)
      },
    })
    const id = await adapter.ask()
    await until(() => arrived === 1)
    await Promise.all([adapter.start(), adapter.service[Symbol.asyncDispose]()])
    const entries = await adapter.entriesOf(id)
    expect(entries.at(-1)?.end?.state).toBe('completed')
    await until(() => adapter.records.length > 0)
    expect(adapter.records[0]?.calls).toMatchObject([
      { attempt: 1, state: 'unconfirmed' },
      { attempt: 2, state: 'completed' },
    ])
    expect(arrived).toBe(2)
  })

  test('ends one that has published something with a terminal error, and bills what was published', async () => {
    const adapter = await start({
      acme: streaming((response) => {
        response.write(text('forty characters of an unfinished answer'))
      }),
    })
    const id = await adapter.ask()
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    await adapter.service[Symbol.asyncDispose]()
    await until(() => adapter.records.length > 0)
    expect(adapter.records[0]).toMatchObject({
      state: 'failed',
      error_code: 'shutting_down',
      output_tokens: 10,
      calls: [{ state: 'failed', output_tokens: 10, estimated: true }],
    })
  })

  test('ends as cancelled one that was cancelled and cannot be handed over', async () => {
    let arrived = false
    const hanging: RequestListener = () => {
      arrived = true
    }
    const adapter = await start(
      { acme: hanging },
      {
        generations: (inner) => ({
          async release(claim) {
            await inner.cancel(claim.id, 'stop')
            return inner.release(claim)
          },
        }),
      },
    )
    const id = await adapter.ask()
    await until(() => arrived)
    await adapter.service[Symbol.asyncDispose]()
    expect((await adapter.generations.describe(id))?.state).toBe('cancelled')
  })
})

describe('a generation whose log is gone', () => {
  const gone = { ok: false, refusal: 'unknown' } as const

  async function reports(options: AdapterOptions, servers: Record<string, RequestListener>) {
    const adapter = await start(servers, options)
    const reported: UsageRecord[] = []
    cleanup.push(
      await serveRpc(adapter.queue, reportLost, async (record) => {
        reported.push(record)
        return { recorded: true }
      }),
    )
    return { adapter, reported }
  }

  test('FM27: is billed by a report when its end cannot be written', async () => {
    const options = { generations: () => ({ finish: () => Promise.resolve(gone) }) }
    const { adapter, reported } = await reports(options, { acme: demo() })
    const id = await adapter.ask()
    await until(() => reported.length > 0)
    expect(reported).toMatchObject([
      {
        request_id: id,
        state: 'failed',
        error_code: 'log_lost',
        estimated: false,
        calls: [{ attempt: 1, state: 'completed', provider: 'acme' }],
      },
    ])
    expect(reported[0]?.amount_nano_usd).toBeGreaterThan(0)
  })

  test('FM27: is billed by a report when its holder is only told that it lost it', async () => {
    let revoke: (reason: Revocation) => void = () => undefined
    const { reported, adapter } = await reports(
      {
        generations: (inner) => ({
          claim(id, onRevoked) {
            revoke = onRevoked
            return inner.claim(id, onRevoked)
          },
          append: (claim, entries) =>
            entries.length === 0 ? Promise.resolve(gone) : inner.append(claim, entries),
        }),
      },
      {
        acme: streaming((response) => {
          response.write(text('forty characters of an unfinished answer'))
        }),
      },
    )
    const id = await adapter.ask()
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    revoke('lost')
    await until(() => reported.length > 0)
    expect(reported).toMatchObject([{ error_code: 'log_lost', output_tokens: 10 }])
  })

  test('is not billed by a holder that lost it to another one', async () => {
    const called = Promise.withResolvers<void>()
    let revoke: (reason: Revocation) => void = () => undefined
    const { reported, adapter } = await reports(
      {
        generations: (inner) => ({
          claim(id, onRevoked) {
            revoke = onRevoked
            return inner.claim(id, onRevoked)
          },
          append: () => Promise.resolve({ ok: false, refusal: 'fenced' }),
        }),
      },
      {
        acme: () => {
          called.resolve()
          revoke('lost')
        },
      },
    )
    await adapter.ask()
    await called.promise
    await adapter.service[Symbol.asyncDispose]()
    expect(reported).toEqual([])
  })

  test('FM27: is left, and billed on what was received, when a part cannot be written', async () => {
    const closed = Promise.withResolvers<void>()
    const { reported, adapter } = await reports(
      { generations: () => ({ append: () => Promise.resolve(gone) }) },
      {
        acme: streaming((response) => {
          response.write(text('forty characters of an unfinished answer'))
          response.on('close', () => {
            closed.resolve()
          })
        }),
      },
    )
    await adapter.ask()
    await closed.promise
    await until(() => reported.length > 0)
    expect(reported[0]).toMatchObject({
      error_code: 'log_lost',
      output_tokens: 10,
      calls: [{ state: 'failed', error_code: 'log_lost', output_tokens: 10 }],
    })
  })
})
