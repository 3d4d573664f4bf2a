import type { Random } from '@sluice/simulation/core/random'
import type { Answer, Ask, Kind, Tenant } from './tenant.ts'

/** One thing that a tenant does, decided by chance before it is done: the same draws make the same operation in every run. */
export interface Operation {
  readonly name: string
  readonly run: (tenant: Tenant, ask: Ask) => Promise<Answer>
}

const words = ['red', 'green', 'blue', 'seven', 'eight', 'moon', 'river', 'stone']
/** Few, so that both tenants ask the same of the same model, with the same names. */
const few = 40

/** `turn`: how many were drawn before. */
export function drawOperation(random: Random, turn: number): Operation {
  const prompt = `Say ${random.pick(words)} ${String(random.int(1, few))}`
  const place = random.next()
  const name = String(random.int(1, few))
  const order = `order-${String(Math.floor(turn / 500))}-${name}`
  const draw = random.next() * total
  let left = draw
  for (const [title, weight, make] of kinds) {
    left -= weight
    if (left < 0) return { name: title, run: make({ prompt, place, name, order }) }
  }
  throw new Error('the weights do not add up')
}

interface Drawn {
  readonly prompt: string
  /** In [0, 1): which of those that were made. */
  readonly place: number
  /** A name that the other tenant uses, too. */
  readonly name: string
  /** Ditto, and soon another: how long an old one is known depends on how much the process has to remember. */
  readonly order: string
}
type Make = (drawn: Drawn) => Operation['run']

const model = 'demo/chat'
const chat = (prompt: string) => ({ model, messages: [{ role: 'user', content: prompt }] })
/** Kept by its own wish: otherwise a busy machine may answer without keeping it. */
const kept = (asked: object) => ({ model, store: true, ...asked })

const kinds: readonly (readonly [name: string, weight: number, make: Make])[] = [
  [
    'chat',
    20,
    ({ prompt }) =>
      (tenant, ask) =>
        noted(tenant, 'generation', ask(tenant, '/v1/chat/completions', { body: chat(prompt) })),
  ],
  [
    'stream',
    14,
    ({ prompt }) =>
      (tenant, ask) =>
        noted(
          tenant,
          'generation',
          ask(tenant, '/v1/chat/completions', { body: { ...chat(prompt), stream: true } }),
        ),
  ],
  [
    'message',
    6,
    ({ prompt }) =>
      (tenant, ask) =>
        noted(
          tenant,
          'generation',
          ask(tenant, '/v1/messages', { body: { ...chat(prompt), max_tokens: 50 } }),
        ),
  ],
  [
    'repeated call',
    8,
    ({ prompt, order }) =>
      (tenant, ask) =>
        // The same key of both tenants, for what may be another call.
        ask(tenant, '/v1/chat/completions', {
          body: chat(prompt),
          headers: { 'idempotency-key': order },
        }),
  ],
  [
    'call under a name',
    4,
    ({ prompt, name }) =>
      (tenant, ask) =>
        ask(tenant, '/v1/chat/completions', {
          body: { ...chat(prompt), user: `user-${name}` },
          headers: { 'x-request-id': `trace-${name}` },
        }),
  ],
  [
    'resume',
    8,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/generations/${chosen(tenant, 'generation', place)}/stream`),
  ],
  [
    'look at a generation',
    4,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/generations/${chosen(tenant, 'generation', place)}`),
  ],
  [
    'cancel what is over',
    3,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/generations/${chosen(tenant, 'generation', place)}/cancel`, {
          method: 'POST',
        }),
  ],
  [
    'look at another’s generation',
    4,
    () => (tenant, ask) =>
      unnamed(tenant.foreign('generation'), (id) => ask(tenant, `/v1/generations/${id}`)),
  ],
  [
    'resume another’s stream',
    3,
    () => (tenant, ask) =>
      unnamed(tenant.foreign('generation'), (id) => ask(tenant, `/v1/generations/${id}/stream`)),
  ],
  [
    'cancel another’s generation',
    2,
    () => (tenant, ask) =>
      unnamed(tenant.foreign('generation'), (id) =>
        ask(tenant, `/v1/generations/${id}/cancel`, { method: 'POST' }),
      ),
  ],
  [
    'response',
    6,
    ({ prompt }) =>
      (tenant, ask) =>
        noted(tenant, 'response', ask(tenant, '/v1/responses', { body: kept({ input: prompt }) })),
  ],
  [
    'follow-up',
    3,
    ({ prompt, place }) =>
      (tenant, ask) =>
        noted(
          tenant,
          'response',
          ask(tenant, '/v1/responses', {
            body: kept({
              input: prompt,
              previous_response_id: chosen(tenant, 'response', place),
            }),
          }),
        ),
  ],
  [
    'read a response',
    4,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/responses/${chosen(tenant, 'response', place)}`),
  ],
  [
    'delete a response',
    1,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/responses/${chosen(tenant, 'response', place)}`, { method: 'DELETE' }),
  ],
  [
    'read another’s response',
    3,
    () => (tenant, ask) =>
      unnamed(tenant.foreign('response'), (id) => ask(tenant, `/v1/responses/${id}`)),
  ],
  [
    'follow up another’s response',
    2,
    ({ prompt }) =>
      (tenant, ask) =>
        unnamed(tenant.foreign('response'), (id) =>
          ask(tenant, '/v1/responses', {
            body: { model, input: prompt, previous_response_id: id },
          }),
        ),
  ],
  ['models', 3, () => (tenant, ask) => ask(tenant, '/v1/models')],
  [
    'embedding',
    3,
    ({ prompt }) =>
      (tenant, ask) =>
        ask(tenant, '/v1/embeddings', { body: { model: 'demo/embed', input: prompt } }),
  ],
  [
    'make a key',
    1,
    ({ name }) =>
      (tenant, ask) =>
        noted(tenant, 'token', ask(tenant, '/v1/tokens', { body: { name: `key ${name}` } })),
  ],
  [
    'read a key',
    2,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/tokens/${chosen(tenant, 'token', place)}`),
  ],
  [
    'revoke a key',
    0.5,
    ({ place }) =>
      (tenant, ask) =>
        ask(tenant, `/v1/tokens/${chosen(tenant, 'token', place)}`, { method: 'DELETE' }),
  ],
  [
    'revoke another’s key',
    1,
    () => (tenant, ask) =>
      unnamed(tenant.foreign('token'), (id) =>
        ask(tenant, `/v1/tokens/${id}`, { method: 'DELETE' }),
      ),
  ],
  [
    'unknown model',
    2,
    ({ name }) =>
      (tenant, ask) =>
        ask(tenant, '/v1/chat/completions', { body: { ...chat('x'), model: `nobody/${name}` } }),
  ],
  ['not valid', 2, () => (tenant, ask) => ask(tenant, '/v1/chat/completions', { body: { model } })],
  ['no JSON', 1, () => (tenant, ask) => ask(tenant, '/v1/chat/completions', { body: '{"model"' })],
  [
    'provider that fails',
    1,
    ({ prompt }) =>
      (tenant, ask) =>
        ask(tenant, '/v1/chat/completions', { body: { ...chat(prompt), model: 'demo/chat:400' } }),
  ],
]
const total = kinds.reduce((sum, [, weight]) => sum + weight, 0)

/** What a tenant sees when everything it did has been written down. */
export const closingQuestions = [
  '/v1/tokens?limit=100',
  '/v1/audit?limit=1000',
  '/v1/stats',
  '/v1/spend/report',
  '/v1/quota/status',
] as const

const never = '01900000-0000-7000-8000-00000000dead'

function chosen({ made }: Tenant, kind: Kind, place: number): string {
  return (
    made[kind][Math.floor(place * made[kind].length)] ??
    (kind === 'response' ? `resp_${never}` : never)
  )
}

async function noted(tenant: Tenant, kind: Kind, answer: Promise<Answer>): Promise<Answer> {
  const given = await answer
  if (given.status >= 300) return given
  const named = kind === 'generation' ? given.headers.get('x-request-id') : idIn(given.text)
  // The oldest are forgotten: what is chosen from stays small.
  if (named !== null && named !== undefined && tenant.made[kind].push(named) > 200)
    tenant.made[kind].shift()
  return given
}

function idIn(text: string): string | undefined {
  return (JSON.parse(text) as { id?: string }).id
}

/** An answer about somebody else's thing, without the name of the thing: alone there is none, so another name is asked for. */
async function unnamed(id: string, ask: (id: string) => Promise<Answer>): Promise<Answer> {
  const answer = await ask(id)
  const bare = id.replace(/^[a-z]+_/, '')
  return {
    ...answer,
    text: answer.text.replaceAll(bare, '<foreign>').replaceAll(/[a-z]+_<foreign>/g, '<foreign>'),
  }
}
