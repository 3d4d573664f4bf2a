import { describe, expect, test } from '@jest/globals'
import type OpenAI from 'openai'
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { endStateOf, eventually, gatewayUnderTest, sdk } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const input = 'Tell me about sluices.'
const tools = ['weather', 'time'].map((name) => ({
  type: 'function' as const,
  name,
  strict: true,
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
}))
/** Two seconds of an answer. */
const unhurried = 'Slowly please. [[tokens=40 interval=50]]'

async function eventsOf(
  stream: AsyncIterable<ResponseStreamEvent>,
): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}
const numbersOf = (events: readonly ResponseStreamEvent[]) =>
  events.map((event) => event.sequence_number)

function ended(client: OpenAI, id: string): Promise<Response> {
  return eventually(`the end of ${id}`, async () => {
    const response = await client.responses.retrieve(id)
    return response.status === 'queued' || response.status === 'in_progress' ? undefined : response
  })
}

describe.each(apis)('the Responses API on %s', (api) => {
  const client = sdk(api)
  // Every replica knows what another one kept.
  const other = sdk(apis.find((each) => each !== api) ?? api)

  test('M-013: a stream, read by the official SDK, holds what the plain answer holds', async () => {
    const plain = await client.responses.create({ model: 'demo/chat', input })
    expect(plain.id).toMatch(/^resp_/)
    expect(plain.output_text).not.toBe('')
    expect(plain.usage?.total_tokens).toBeGreaterThan(0)
    const streamed = await client.responses.stream({ model: 'demo/chat', input }).finalResponse()
    expect(streamed.output_text).toBe(plain.output_text)
    expect(streamed.usage).toEqual(plain.usage)
    expect(streamed.status).toBe('completed')
  })

  test('M-006 M-013 T01: parallel calls are parsed, and their results are answered', async () => {
    const asked = { model: 'demo/tools', input, tools }
    const first = await client.responses.stream(asked).finalResponse()
    const calls = first.output.filter((item) => item.type === 'function_call')
    expect(calls.map(({ name }) => name)).toEqual(['weather', 'time'])
    const results = calls.map(({ call_id }) => ({
      type: 'function_call_output' as const,
      call_id,
      output: 'sunny',
    }))
    const next = await other.responses.create({
      model: 'demo/chat',
      previous_response_id: first.id,
      input: results,
    })
    expect(next.status).toBe('completed')
    expect(next.previous_response_id).toBe(first.id)
  })

  test('T49: the numbers of the events have no gap', async () => {
    const stream = await client.responses.create({
      model: 'demo/tools',
      input,
      tools,
      stream: true,
    })
    const numbers = numbersOf(await eventsOf(stream))
    expect(numbers).toEqual([...numbers.keys()])
  })

  test('M-004 T46 T49: an answer that breaks off ends as response.failed, with the next number', async () => {
    const stream = await client.responses.create({
      model: 'demo/chat:error-midstream',
      input,
      stream: true,
    })
    const events = await eventsOf(stream)
    const numbers = numbersOf(events)
    expect(numbers).toEqual([...numbers.keys()])
    expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: { status: 'failed' } })
  })

  test('M-013: previous_response_id: the provider gets the whole conversation', async () => {
    const first = await client.responses.create({ model: 'demo/echo', input: 'One fish' })
    const second = await other.responses.create({
      model: 'demo/echo',
      input: 'Two fish',
      previous_response_id: first.id,
    })
    expect(second.output_text).toBe('Two fish')
    // Longer by what was said before: one fish, asked and answered.
    const alone = await client.responses.create({ model: 'demo/echo', input: 'Two fish' })
    expect(second.usage?.input_tokens).toBeGreaterThan((alone.usage?.input_tokens ?? 0) + 2)
  })

  test('ingress rule 11: what was not stored is a clear 400, and no 404 tells more to a stranger', async () => {
    const unstored = await client.responses.create({ model: 'demo/chat', input, store: false })
    for (const previous of [unstored.id, 'resp_nonsense']) {
      await expect(
        client.responses.create({ model: 'demo/chat', input, previous_response_id: previous }),
      ).rejects.toMatchObject({
        status: 400,
        code: 'previous_response_not_found',
        param: 'previous_response_id',
      })
      await expect(client.responses.retrieve(previous)).rejects.toMatchObject({ status: 404 })
    }
  })

  test('a stored response is found again, lists its input, and can be deleted', async () => {
    const made = await client.responses.create({ model: 'demo/chat', input })
    const found = await ended(other, made.id)
    expect(found).toMatchObject({
      id: made.id,
      output_text: made.output_text,
    })
    const { data } = await other.responses.inputItems.list(made.id)
    expect(data).toMatchObject([
      { type: 'message', content: [{ type: 'input_text', text: input }] },
    ])
    await other.responses.delete(made.id)
    await expect(client.responses.retrieve(made.id)).rejects.toMatchObject({ status: 404 })
    await expect(client.responses.delete(made.id)).rejects.toMatchObject({ status: 404 })
  })

  test('an item that the gateway made is found by its reference', async () => {
    const first = await client.responses.create({ model: 'demo/echo', input: 'One fish' })
    const id = first.output[0]?.id ?? ''
    const again = await other.responses.create({
      model: 'demo/echo',
      input: [
        { type: 'item_reference', id },
        { role: 'user', content: 'Two fish' },
      ],
    })
    expect(again.output_text).toBe('Two fish')
  })

  test('background: answered at once, goes on alone, is polled to its end', async () => {
    const started = await client.responses.create({
      model: 'demo/chat',
      input: unhurried,
      background: true,
    })
    expect(['queued', 'in_progress']).toContain(started.status)
    expect(started.background).toBe(true)
    const done = await ended(other, started.id)
    expect(done).toMatchObject({ status: 'completed', background: true })
    expect(done.output_text.split(' ').length).toBeGreaterThan(30)
    expect(await endStateOf(api, started.id.replace('resp_', ''))).toBe('completed')
  })

  test('background: a stream that its client left goes on after the last event it saw', async () => {
    const stream = await client.responses.create({
      model: 'demo/chat',
      input: unhurried,
      background: true,
      stream: true,
    })
    const seen: ResponseStreamEvent[] = []
    for await (const event of stream) {
      seen.push(event)
      if (seen.length === 8) break
    }
    const [created] = seen
    const id = created?.type === 'response.created' ? created.response.id : ''
    const rest = await other.responses.retrieve(id, { stream: true, starting_after: 7 })
    const events = [...seen, ...(await eventsOf(rest))]
    expect(numbersOf(events)).toEqual([...events.keys()])
    expect(events.at(-1)?.type).toBe('response.completed')
    const done = await ended(client, id)
    const deltas = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    )
    expect(deltas.join('')).toBe(done.output_text)
  })

  test('background: is cancelled once and for all', async () => {
    const started = await client.responses.create({ model: 'demo/slow', input, background: true })
    expect((await other.responses.cancel(started.id)).status).toBe('cancelled')
    expect((await ended(client, started.id)).status).toBe('cancelled')
    expect((await client.responses.cancel(started.id)).status).toBe('cancelled')
    const plain = await client.responses.create({ model: 'demo/chat', input })
    await expect(client.responses.cancel(plain.id)).rejects.toMatchObject({ status: 400 })
    await expect(
      client.responses.create({ model: 'demo/chat', input, background: true, store: false }),
    ).rejects.toMatchObject({ status: 400, param: 'store' })
  })
})
