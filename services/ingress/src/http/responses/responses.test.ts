import { describe, expect, test } from '@jest/globals'
import type { RequestId } from '@sluice/contracts/ids'
import { itemId } from '@sluice/wire-openai-responses/gateway-made'
import { errorOf, eventually, get, post } from '../../../test/support/client.ts'
import type { Script } from '../../../test/support/scripted-worker.ts'
import { keys, startTestIngress, type TestIngress } from '../../../test/support/test-ingress.ts'

const path = '/v1/responses'
const hello = { model: 'acme/fast', input: 'Hello' }
const helloItem = {
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text: 'Hello' }],
}
const event = (type: string, sequence_number: number) => JSON.stringify({ type, sequence_number })

const call = (ingress: TestIngress, body: object, headers: Record<string, string> = {}) =>
  post(ingress, body, { path, headers })
const idOf = (response: Response) => response.headers.get('x-request-id') ?? ''

/** What reached the worker, which answers with an empty response. */
function recording() {
  const bodies: Record<string, unknown>[] = []
  const script: Script = async (work) => {
    bodies.push(JSON.parse(String(work.claim.body)) as Record<string, unknown>)
    await work.complete('{"object":"response"}')
  }
  return { bodies, script }
}

/** One that ended with something said. */
async function earlier(ingress: TestIngress) {
  const id = idOf(await call(ingress, hello))
  const kept = ingress.kept.get(id)
  if (!kept) throw new Error('not kept')
  const said = { type: 'message', id: itemId('msg', id, 0), role: 'assistant', content: [] }
  kept.response = { ...kept.response, status: 'completed', output: [said] }
  return { id, name: `resp_${id}`, said }
}

describe('what is kept', () => {
  test('the call before it is accepted, and that it ended', async () => {
    await using ingress = await startTestIngress()
    const id = idOf(await call(ingress, { ...hello, temperature: 0.5 }))
    const kept = ingress.kept.get(id)
    expect(JSON.parse(kept?.input ?? '')).toEqual([helloItem])
    expect(JSON.parse(kept?.asked ?? '')).toEqual({ temperature: 0.5 })
    await eventually(() => ingress.kept.get(id)?.ended === true)
  })

  test('nothing when the caller does not want it, or the call was never accepted', async () => {
    await using ingress = await startTestIngress({
      wrap: (generations) =>
        Object.assign(generations, {
          admit: () =>
            Promise.resolve({
              ok: false,
              error: { code: 'full', status: 503, message: 'full', retryable: true },
            }),
        }),
    })
    expect((await call(ingress, { ...hello, store: false })).status).toBe(503)
    expect(ingress.kept.size).toBe(0)
    expect((await call(ingress, hello)).status).toBe(503)
    await eventually(() => ingress.kept.size === 0)
  })

  test('a repetition leaves nothing of its own', async () => {
    await using ingress = await startTestIngress()
    const headers = { 'idempotency-key': 'k1' }
    const first = idOf(await call(ingress, hello, headers))
    expect(idOf(await call(ingress, hello, headers))).toBe(first)
    await eventually(() => ingress.kept.size === 1)
    expect([...ingress.kept.keys()]).toEqual([first])
  })

  test('with agent away, a call that did not ask for it is answered all the same, and told', async () => {
    await using ingress = await startTestIngress()
    ingress.agentAway = true
    const answered = await call(ingress, hello)
    expect(answered.status).toBe(200)
    expect(answered.headers.get('x-gateway-adapted')).toBe('store')
    ingress.agentAway = false
    // For a while it is not even tried.
    expect((await call(ingress, hello)).headers.get('x-gateway-adapted')).toBe('store')
    expect((await call(ingress, { ...hello, store: true })).status).toBe(200)
    expect(ingress.kept.size).toBe(1)
  })

  test.each([
    { store: true },
    { background: true },
    { previous_response_id: 'resp_0190f5fe-0000-7000-8000-000000000001' },
  ])('with agent away, one that says %j gets a 503', async (wish) => {
    await using ingress = await startTestIngress()
    ingress.agentAway = true
    expect((await call(ingress, { ...hello, ...wish })).status).toBe(503)
  })
})

describe('a call that goes on', () => {
  test('M-013 is sent with everything that was said before', async () => {
    const { bodies, script } = recording()
    await using ingress = await startTestIngress({ script })
    const first = await earlier(ingress)
    const answered = await call(ingress, {
      ...hello,
      input: 'And?',
      previous_response_id: first.name,
    })
    expect(answered.status).toBe(200)
    expect(bodies[1]?.['input']).toEqual([
      helloItem,
      first.said,
      { ...helloItem, content: [{ type: 'input_text', text: 'And?' }] },
    ])
    const kept = ingress.kept.get(idOf(answered))
    expect(kept?.previousId).toBe(first.id)
    expect(JSON.parse(kept?.input ?? '')).toHaveLength(1)
  })

  test('ingress rule 11: from one that is not there, or another’s, is a clear 400', async () => {
    await using ingress = await startTestIngress()
    const { name } = await earlier(ingress)
    for (const [previous, key] of [
      ['resp_nonsense', keys.all],
      ['x', keys.all],
      [name, keys.acme],
    ] as const) {
      const refused = await post(
        ingress,
        { ...hello, previous_response_id: previous },
        { path, key },
      )
      expect(refused.status).toBe(400)
      expect(await errorOf(refused)).toEqual({
        message: `Previous response with id '${previous}' not found.`,
        type: 'invalid_request_error',
        param: 'previous_response_id',
        code: 'previous_response_not_found',
      })
    }
  })

  test('finds an item of the gateway by its reference, and leaves a provider’s to the provider', async () => {
    const { bodies, script } = recording()
    await using ingress = await startTestIngress({ script })
    const first = await earlier(ingress)
    const theirs = { type: 'item_reference', id: 'rs_68af' }
    const input = [
      { type: 'item_reference', id: first.said.id },
      theirs,
      { role: 'user', content: 'And?' },
    ]
    await call(ingress, { ...hello, input })
    expect(bodies[1]?.['input']).toEqual([first.said, theirs, input[2]])
    const unknown = { type: 'item_reference', id: itemId('msg', first.id, 7) }
    const refused = await call(ingress, { ...hello, input: [unknown] })
    expect(await errorOf(refused)).toMatchObject({ param: 'input[0].id' })
  })
})

describe('a call in the background', () => {
  const hanging: Script = async (work) => {
    await work.publish(event('response.created', 0), event('response.in_progress', 1))
    await work.cancelled
    await work.fail(
      { code: 'cancelled', status: 499, message: 'cancelled', retryable: false },
      'cancelled',
    )
  }

  test('is answered at once, and runs on without anybody', async () => {
    await using ingress = await startTestIngress({ script: hanging })
    const answered = await call(ingress, { ...hello, background: true })
    expect(answered.status).toBe(200)
    expect(await answered.json()).toMatchObject({ id: `resp_${idOf(answered)}`, status: 'queued' })
    await eventually(() => ingress.log.some(({ outcome }) => outcome === 'completed'))
    const summary = await ingress.generations.describe(idOf(answered) as RequestId)
    expect(summary?.terminal).toBeNull()
    const cancelled = await get(ingress, `${path}/resp_${idOf(answered)}/cancel`, {
      method: 'POST',
    })
    expect(await cancelled.json()).toMatchObject({ status: 'cancelled' })
  })

  test('as a stream runs on when its client leaves', async () => {
    await using ingress = await startTestIngress({ script: hanging })
    const leaving = new AbortController()
    const { signal } = leaving
    const asked = { ...hello, background: true, stream: true }
    const streamed = await post(ingress, asked, { path, signal })
    const id = idOf(streamed)
    leaving.abort()
    await eventually(() => ingress.log.some(({ outcome }) => outcome === 'client_disconnected'))
    await ingress.generations.reap()
    const summary = await ingress.generations.describe(id as RequestId)
    expect(summary?.terminal).toBeNull()
    await get(ingress, `${path}/resp_${id}/cancel`, { method: 'POST' })
  })

  test('cannot be one that is not stored', async () => {
    await using ingress = await startTestIngress()
    const refused = await call(ingress, { ...hello, background: true, store: false })
    expect(refused.status).toBe(400)
    expect(await errorOf(refused)).toMatchObject({ param: 'store' })
  })

  test('as a stream is read again after the number of an event, its failure numbered on', async () => {
    await using ingress = await startTestIngress({
      async script(work) {
        await work.publish(event('response.created', 0), event('response.in_progress', 1))
        await work.publish(event('response.output_text.delta', 2))
        await work.fail({ code: 'upstream_error', status: 502, message: 'broke', retryable: false })
      },
    })
    const streamed = await call(ingress, { ...hello, background: true, stream: true })
    await streamed.text()
    const url = `${path}/resp_${idOf(streamed)}?stream=true`
    const numbersAfter = async (query: string) => {
      const text = await (await get(ingress, url + query)).text()
      return [...text.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number))
    }
    expect(await numbersAfter('')).toEqual([0, 1, 2, 3])
    expect(await numbersAfter('&starting_after=0')).toEqual([1, 2, 3])
    expect(await numbersAfter('&starting_after=2')).toEqual([3])
    expect((await get(ingress, `${url}&starting_after=x`)).status).toBe(400)
  })
})

describe('responses by their names', () => {
  test('are found, listed and removed by their owner alone', async () => {
    await using ingress = await startTestIngress()
    const { name } = await earlier(ingress)
    const found = await get(ingress, `${path}/${name}`)
    expect(found.headers.get('cache-control')).toBe('no-store')
    expect(await found.json()).toMatchObject({ id: name, status: 'completed' })
    for (const [address, method] of [
      [name, 'GET'],
      [`${name}/input_items`, 'GET'],
      [`${name}/cancel`, 'POST'],
      [name, 'DELETE'],
      [`${name}?stream=true`, 'GET'],
    ] as const) {
      const refused = await get(ingress, `${path}/${address}`, { method, key: keys.acme })
      expect(refused.status).toBe(404)
      expect((await errorOf(refused)).message).toBe(`Response with id '${name}' not found.`)
    }
    const removed = await get(ingress, `${path}/${name}`, { method: 'DELETE' })
    expect(await removed.json()).toEqual({ id: name, object: 'response', deleted: true })
    expect((await get(ingress, `${path}/${name}`)).status).toBe(404)
  })

  test('input comes page by page, each item under a name that stays', async () => {
    await using ingress = await startTestIngress()
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }))
    const name = `resp_${idOf(await call(ingress, { ...hello, input }))}`
    const page = async (query: string) =>
      (await (await get(ingress, `${path}/${name}/input_items${query}`)).json()) as {
        data: { id: string; content: { text: string }[] }[]
        has_more: boolean
        last_id: string
      }
    const first = await page('?limit=2')
    expect(first.data.map(({ content }) => content[0]?.text)).toEqual(['three', 'two'])
    expect(first.has_more).toBe(true)
    const rest = await page(`?limit=2&after=${first.last_id}`)
    expect(rest.data.map(({ content }) => content[0]?.text)).toEqual(['one'])
    expect(rest.has_more).toBe(false)
    expect((await page('?order=asc')).data.at(-1)?.id).toBe(first.data[0]?.id)
    expect((await get(ingress, `${path}/${name}/input_items?limit=0`)).status).toBe(400)
  })

  test('input begins with the turns before it, as the answer was made from them', async () => {
    await using ingress = await startTestIngress()
    const { name: previous } = await earlier(ingress)
    const name = `resp_${idOf(await call(ingress, { ...hello, previous_response_id: previous }))}`
    const kept = ingress.kept.get(name.slice('resp_'.length))
    if (kept) kept.response['previous_response_id'] = previous
    const list = await get(ingress, `${path}/${name}/input_items?order=asc`)
    const { data } = (await list.json()) as { data: { role: string }[] }
    expect(data.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    await get(ingress, `${path}/${previous}`, { method: 'DELETE' })
    const left = await get(ingress, `${path}/${name}/input_items?order=asc`)
    expect(await left.json()).toMatchObject({ data: [{ role: 'user' }], has_more: false })
  })

  test('what was not in the background, or not a stream, is not cancelled or streamed', async () => {
    await using ingress = await startTestIngress()
    const { name } = await earlier(ingress)
    const cancelled = await get(ingress, `${path}/${name}/cancel`, { method: 'POST' })
    expect(cancelled.status).toBe(400)
    expect((await errorOf(cancelled)).message).toBe('Cannot cancel a synchronous response.')
    expect((await get(ingress, `${path}/${name}?stream=true`)).status).toBe(400)
    expect((await get(ingress, `${path}/${name}`, { method: 'PUT' })).status).toBe(405)
  })
})
