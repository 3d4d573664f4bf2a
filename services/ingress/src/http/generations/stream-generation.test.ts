import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { RequestId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import { newRequestId } from '@sluice/kernel/ids'
import { chat, errorOf, eventsOf, get, post, type SseEvent } from '../../../test/support/client.ts'
import { overlay } from '../../../test/support/planted-generations.ts'
import type { Script } from '../../../test/support/scripted-worker.ts'
import { keys, startTestIngress, type TestIngress } from '../../../test/support/test-ingress.ts'

const stream = { ...chat, stream: true }
const chunk = (text: string) => JSON.stringify({ choices: [{ delta: { content: text } }] })
const failure: GenerationError = {
  code: 'upstream_error',
  status: 502,
  message: 'The provider failed',
  retryable: true,
}

/** One entry of one event, one of three, and an end of two. */
const speaking: Script = async (work) => {
  await work.publish(chunk('Grüße'))
  await work.publish(chunk(' 1'), chunk(' 2'), chunk(' ☂'))
  await work.complete(chunk('.'), '[DONE]')
}

interface Answered {
  readonly id: string
  readonly text: string
  readonly events: readonly SseEvent[]
}

async function answered(ingress: TestIngress, body: unknown = stream): Promise<Answered> {
  const response = await post(ingress, body)
  const text = await response.text()
  return { id: response.headers.get('x-request-id') ?? '', text, events: eventsOf(text) }
}

/** Publishes `count` events, then goes on when it is told to. */
function pausing(count: number) {
  const goOn = Promise.withResolvers<void>()
  const script: Script = async (work) => {
    for (let part = 1; part <= count; part++) await work.publish(chunk(String(part)))
    await goOn.promise
    await work.publish(chunk('later'))
    await work.complete('[DONE]')
  }
  return {
    script,
    goOn: () => {
      goOn.resolve()
    },
  }
}

const streamOf = (id: string, query = '') => `/v1/generations/${id}/stream${query}`

describe('200', () => {
  test('from the start: the same answer again, byte for byte, under the same id', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, text } = await answered(ingress)
    const response = await get(ingress, streamOf(id))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('x-request-id')).toBe(id)
    expect(response.headers.get('x-model-used')).toBe('stub/model')
    expect(await response.text()).toBe(text)
  })

  test('FM01: from every event on, by header and by query, exactly the rest comes', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, events } = await answered(ingress)
    expect(events).toHaveLength(6)
    for (const [index, { id: cursor }] of events.slice(0, -1).entries()) {
      const rest = events.slice(index + 1)
      const byHeader = await get(ingress, streamOf(id), { headers: { 'last-event-id': cursor } })
      expect(eventsOf(await byHeader.text())).toEqual(rest)
      const byQuery = await get(ingress, streamOf(id, `?starting_after=${cursor}`))
      expect(eventsOf(await byQuery.text())).toEqual(rest)
    }
  })

  test('a cursor without a part means after the whole entry', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, events } = await answered(ingress)
    const whole = events[1]?.id.replace(/\.0$/, '') ?? ''
    const response = await get(ingress, streamOf(id), { headers: { 'last-event-id': whole } })
    expect(eventsOf(await response.text())).toEqual(events.slice(4))
  })

  test('the header wins over the address: a reader that reconnects by itself sets it anew each time', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, events } = await answered(ingress)
    const response = await get(ingress, streamOf(id, `?starting_after=${events[0]?.id ?? ''}`), {
      headers: { 'last-event-id': events[3]?.id ?? '' },
    })
    expect(eventsOf(await response.text())).toEqual(events.slice(4))
  })

  test('FM03: two readers at different cursors and the first caller all see one running answer', async () => {
    const worker = pausing(3)
    await using ingress = await startTestIngress({ script: worker.script })
    const first = await post(ingress, stream)
    const id = first.headers.get('x-request-id') ?? ''
    const epoch = await epochOf(ingress.generations, id, 3)
    const [all, some] = await Promise.all([
      get(ingress, streamOf(id)),
      get(ingress, streamOf(id), { headers: { 'last-event-id': `${epoch}-2` } }),
    ])
    worker.goOn()
    const events = eventsOf(await first.text())
    expect(events).toHaveLength(5)
    expect(eventsOf(await all.text())).toEqual(events)
    expect(eventsOf(await some.text())).toEqual(events.slice(2))
  })

  test('a reader that has everything so far gets its head at once, comments in silence, then what is new', async () => {
    const worker = pausing(2)
    await using ingress = await startTestIngress({
      script: worker.script,
      env: { INGRESS_KEEP_ALIVE_MS: '40' },
    })
    const first = await post(ingress, stream)
    const id = first.headers.get('x-request-id') ?? ''
    const epoch = await epochOf(ingress.generations, id, 2)
    const response = await get(ingress, streamOf(id), {
      headers: { 'last-event-id': `${epoch}-2` },
    })
    expect(response.status).toBe(200)
    let text = ''
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString()
      if (text.includes(': keep-alive\n\n')) worker.goOn()
    }
    expect(eventsOf(text)).toEqual([
      { id: `${epoch}-3`, data: chunk('later') },
      { id: `${epoch}-4`, data: '[DONE]' },
    ])
    await first.text()
  })

  test('a resume starts nothing', async () => {
    let started = 0
    await using ingress = await startTestIngress({
      async script(work) {
        started += 1
        await speaking(work)
      },
    })
    const { id, events } = await answered(ingress)
    await (await get(ingress, streamOf(id))).text()
    await (await get(ingress, streamOf(id, `?starting_after=${events[0]?.id ?? ''}`))).text()
    expect(started).toBe(1)
  })

  test('a plain answer is one event: its whole body, line by line', async () => {
    const reply = '{\n  "id": "1",\r\n  "text": "Grüße ☂"\n}'
    await using ingress = await startTestIngress({ script: (work) => work.complete(reply) })
    const { id } = await answered(ingress, chat)
    const response = await get(ingress, streamOf(id))
    const events = eventsOf(await response.text())
    expect(events).toEqual([
      { id: expect.stringMatching(/^\d+-1$/), data: reply.replace('\r', '') },
    ])
    const again = await get(ingress, streamOf(id, `?starting_after=${events[0]?.id ?? ''}`))
    expect(again.status).toBe(204)
  })

  test('a failure after the first event is an error event here too, whatever the cursor', async () => {
    await using ingress = await startTestIngress({
      async script(work) {
        await work.publish(chunk('a'))
        await work.fail(failure)
      },
    })
    const { id, events } = await answered(ingress)
    expect(events).toHaveLength(2)
    const whole = await get(ingress, streamOf(id))
    expect(eventsOf(await whole.text())).toEqual(events)
    const rest = await get(ingress, streamOf(id), {
      headers: { 'last-event-id': events[0]?.id ?? '' },
    })
    expect(rest.status).toBe(200)
    expect(eventsOf(await rest.text())).toEqual(events.slice(1))
  })

  test.each(['', '/', '?dialect=openai-chat'])('address with %j behind it', async (rest) => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, text } = await answered(ingress)
    for (const prefix of ['/v1', '', '/api/client/v1']) {
      const response = await get(ingress, `${prefix}/generations/${id}/stream${rest}`)
      expect(await response.text()).toBe(text)
    }
  })

  test('what only the archive has is shown from there, from any cursor', async () => {
    await using ingress = await startTestIngress({ script: speaking, wrap: forgetting })
    const { id, text, events } = await answered(ingress)
    await archive(ingress, id)
    expect(await (await get(ingress, streamOf(id))).text()).toBe(text)
    for (const [index, event] of events.slice(0, -1).entries()) {
      const response = await get(ingress, streamOf(id), { headers: { 'last-event-id': event.id } })
      expect(eventsOf(await response.text())).toEqual(events.slice(index + 1))
    }
    const last = await get(ingress, streamOf(id, `?starting_after=${events.at(-1)?.id ?? ''}`))
    expect(last.status).toBe(204)
    const [epoch] = (events[0]?.id ?? '').split('-')
    for (const cursor of [`${epoch ?? ''}-4`, `${epoch ?? ''}-4.0`, '1-1']) {
      expect((await get(ingress, streamOf(id, `?starting_after=${cursor}`))).status).toBe(409)
    }
  })
})

describe('204', () => {
  test('after the last event of an answer that is over: no empty stream, which would look cut', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, events } = await answered(ingress)
    const last = events.at(-1)?.id ?? ''
    for (const cursor of [last, last.replace(/\.\d+$/, '')]) {
      const response = await get(ingress, streamOf(id), { headers: { 'last-event-id': cursor } })
      expect(response.status).toBe(204)
      expect(response.headers.get('x-request-id')).toBe(id)
      expect(await response.text()).toBe('')
    }
  })
})

describe('400', () => {
  test.each([
    'garbage',
    '1',
    '1-',
    '0-1',
    '1-0',
    '-1-1',
    '1-1.',
    '1-1.x',
    '1-1.1.1',
    '01-1',
    '1e3-1',
    '9'.repeat(30),
  ])('FM02: the cursor %s', async (cursor) => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id } = await answered(ingress)
    for (const response of [
      await get(ingress, streamOf(id), { headers: { 'last-event-id': cursor } }),
      await get(ingress, streamOf(id, `?starting_after=${encodeURIComponent(cursor)}`)),
    ]) {
      expect(response.status).toBe(400)
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect((await errorOf(response)).code).toBe('invalid_cursor')
    }
  })

  test('FM02: an empty starting_after; an empty header is none, by the SSE standard', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, text } = await answered(ingress)
    expect((await get(ingress, streamOf(id, '?starting_after='))).status).toBe(400)
    const response = await get(ingress, streamOf(id), { headers: { 'last-event-id': '' } })
    expect(await response.text()).toBe(text)
  })

  test.each(['gemini', 'nonsense'])('the dialect %s', async (dialect) => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id } = await answered(ingress)
    const response = await get(ingress, streamOf(id, `?dialect=${dialect}`))
    expect(response.status).toBe(400)
    const error = await errorOf(response)
    expect(error).toMatchObject({ code: 'unsupported_dialect', param: 'dialect' })
  })
})

test('what is gone is told by the time that logs are really kept', async () => {
  const id = newRequestId(Date.now() - 60_000)
  const cursor = `?starting_after=${String(Date.now() - 60_000)}-1`
  await using usual = await startTestIngress()
  expect((await get(usual, streamOf(id, cursor))).status).toBe(404)
  await using short = await startTestIngress({
    wrap: (real) => overlay(real, { timing: { ...real.timing, retentionMs: 1_000 } }),
  })
  expect((await get(short, streamOf(id, cursor))).status).toBe(410)
})

test('sound is not read as events', async () => {
  await using ingress = await startTestIngress({ script: (work) => work.complete('sound') })
  const body = { model: 'acme/fast', input: 'hi' }
  const response = await post(ingress, body, { path: '/v1/audio/speech' })
  const id = response.headers.get('x-request-id') ?? ''
  expect((await get(ingress, streamOf(id))).status).toBe(400)
})

describe('401 and 503', () => {
  test('without a valid key nothing is told, and while keys cannot be checked neither', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id } = await answered(ingress)
    expect((await get(ingress, streamOf(id), { key: null })).status).toBe(401)
    ingress.authAway = true
    expect((await get(ingress, streamOf(id), { key: 'unknown' })).status).toBe(503)
  })

  test('while the archive cannot be asked, what is not hot is unknown to us, not to the world', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    ingress.usageAway = true
    const { id, text } = await answered(ingress)
    expect(await (await get(ingress, streamOf(id))).text()).toBe(text)
    for (const key of [keys.all, keys.stranger]) {
      const other = key === keys.all ? newRequestId(Date.now()) : id
      const response = await get(ingress, streamOf(other), { key })
      expect(response.status).toBe(503)
    }
  })
})

describe('404', () => {
  test('another tenant, another key, and what never was: one answer', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const { id, events } = await answered(ingress)
    const cursor = { 'last-event-id': events[0]?.id ?? '' }
    const answers = await Promise.all([
      get(ingress, streamOf(id), { key: keys.stranger }),
      get(ingress, streamOf(id), { key: keys.acme }),
      get(ingress, streamOf(newRequestId(Date.now()))),
      get(ingress, streamOf('00000000-0000-4000-8000-000000000000')),
      get(ingress, streamOf('no-id-at-all')),
      get(ingress, streamOf(id), { key: keys.stranger, headers: cursor }),
      get(ingress, streamOf(newRequestId(Date.now())), { headers: cursor }),
    ])
    const bodies = new Set<string>()
    for (const answer of answers) {
      expect(answer.status).toBe(404)
      expect(answer.headers.get('x-request-id')).not.toBe(id)
      bodies.add(await answer.text())
    }
    expect(bodies.size).toBe(1)
  })

  test('another’s archived answer is as unknown, however often it is asked for', async () => {
    await using ingress = await startTestIngress({ script: speaking, wrap: forgetting })
    const { id } = await answered(ingress)
    await archive(ingress, id)
    expect((await get(ingress, streamOf(id), { key: keys.stranger })).status).toBe(404)
    expect((await get(ingress, streamOf(id))).status).toBe(200)
  })
})

describe('405', () => {
  test('a stream is read, not posted to', async () => {
    await using ingress = await startTestIngress()
    const response = await get(ingress, streamOf(newRequestId(0)), { method: 'POST' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
  })
})

describe('409', () => {
  test('FM02: a place that the log never had is told, never answered with data', async () => {
    const worker = pausing(2)
    await using ingress = await startTestIngress({ script: worker.script })
    const running = await post(ingress, stream)
    const id = running.headers.get('x-request-id') ?? ''
    const epoch = await epochOf(ingress.generations, id, 2)
    const foreign = String(Number(epoch) + 1)
    const cursors = [
      `${epoch}-3`,
      `${epoch}-3.0`,
      `${epoch}-999`,
      `${epoch}-2.1`,
      `${foreign}-1`,
      '1-1',
      '1-1.0',
    ]
    for (const cursor of cursors) {
      const response = await get(ingress, streamOf(id), { headers: { 'last-event-id': cursor } })
      expect([cursor, response.status]).toEqual([cursor, 409])
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect((await errorOf(response)).code).toBe('log_reset')
    }
    worker.goOn()
    await running.text()
    for (const cursor of [`${epoch}-5`, `${epoch}-5.0`, `${foreign}-1`]) {
      const response = await get(ingress, streamOf(id), { headers: { 'last-event-id': cursor } })
      expect([cursor, response.status]).toEqual([cursor, 409])
      await response.text()
    }
  })
})

describe('410', () => {
  test('FM02: a cursor of a generation so old that its log is gone', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const old = newRequestId(Date.now() - 25 * 60 * 60_000)
    const response = await get(ingress, streamOf(old), { headers: { 'last-event-id': '5-5' } })
    expect(response.status).toBe(410)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect((await errorOf(response)).code).toBe('cursor_expired')
    expect((await get(ingress, streamOf(old))).status).toBe(404)
  })
})

describe('5xx', () => {
  test('a failure with nothing published has its status again, without the hint to repeat it', async () => {
    await using ingress = await startTestIngress({ script: (work) => work.fail(failure) })
    for (const body of [chat, stream]) {
      const { id, text } = await answered(ingress, body)
      const response = await get(ingress, streamOf(id))
      expect(response.status).toBe(502)
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect(await response.text()).toBe(text)
    }
  })
})

/** The epoch of a running generation, once it has published so many entries. */
async function epochOf(generations: Generations, id: string, seq: number): Promise<string> {
  for (;;) {
    const last = (await generations.describe(id as RequestId))?.lastCursor
    if (last && last.seq >= seq) return String(last.epoch)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A back end whose hot time is over as soon as somebody looks. */
function forgetting(real: Generations): Generations {
  return overlay(real, { describe: () => Promise.resolve(null) })
}

/** What `usage` does with a generation that ended. */
async function archive(ingress: TestIngress, id: string): Promise<void> {
  const summary = await ingress.generations.describe(id as RequestId)
  const log = await ingress.generations.read(id as RequestId, null, Number.MAX_SAFE_INTEGER)
  if (summary === null || !log.ok) throw new Error(`${id} is not there`)
  const entries = log.entries.map((entry) => ({ ...entry, data: entry.data.toString('base64') }))
  ingress.archive.set(id, { summary, entries })
}
