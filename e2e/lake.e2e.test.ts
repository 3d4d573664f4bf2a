import { randomUUID } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { eventually, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis, key } = gatewayUnderTest()
const [api = ''] = apis

interface Turns {
  readonly data: readonly {
    readonly id: string
    readonly role: string
    readonly content: string
    readonly request_id: string
    readonly session_id: string
  }[]
  readonly has_more: boolean
  readonly last_id: string | null
}

async function ask(session: string, content: string): Promise<string> {
  const headers = { 'x-session-id': session }
  const messages = [{ role: 'user', content }]
  const response = await postChat(api, { model: 'demo/chat', messages }, { headers })
  await response.text()
  return response.headers.get('x-request-id') ?? ''
}

async function read(path: string) {
  const response = await fetch(`${api}/v1/${path}`, { headers: { authorization: `Bearer ${key}` } })
  return { status: response.status, body: (await response.json()) as Turns }
}

async function told(path: string, turns: number): Promise<Turns['data']> {
  return eventually(
    `${String(turns)} turns`,
    async () => {
      const { status, body } = await read(path)
      return status === 200 && body.data.length >= turns ? body.data : undefined
    },
    30_000,
  )
}

/** In a folder, or in topics that no table has yet: whoever asks is told the same. Tables that Flink wrote are in the lane of their own. */
describe('M-265: what was said', () => {
  test('is read back by call and by session, the newest call first, page by page, each turn once', async () => {
    const session = `kitchen-${randomUUID()}`
    const first = await ask(session, 'How long do lentils take?')
    const second = await ask(session, 'And without soaking?')
    const call = await told(`generations/${first}/turns`, 2)
    expect(call.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(call[0]).toMatchObject({ content: 'How long do lentils take?', session_id: session })
    const path = `conversations/${session}/turns`
    const turns = await told(path, 4)
    expect(turns.map(({ request_id, role }) => [request_id, role])).toEqual([
      [second, 'assistant'],
      [second, 'user'],
      [first, 'assistant'],
      [first, 'user'],
    ])
    const { body: page } = await read(`${path}?limit=3`)
    expect(page.has_more).toBe(true)
    const { body: rest } = await read(`${path}?limit=3&after=${page.last_id ?? ''}`)
    expect([...page.data, ...rest.data]).toEqual(turns)
    expect(rest.has_more).toBe(false)
  }, 60_000)

  test('and was not, is a 404', async () => {
    const paths = [`conversations/none-${randomUUID()}/turns`, `generations/${randomUUID()}/turns`]
    for (const path of paths) expect((await read(path)).status).toBe(404)
  })
})
