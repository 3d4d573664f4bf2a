import { randomUUID } from 'node:crypto'
import { expect } from '@jest/globals'
import { onlyServedCall } from '../../support/provider-log.ts'
import type { LabClient } from './clients.ts'
import { type Connection, type Driver, type Question, reportSchema, toolInput } from './driver.ts'
import { statusOf } from './failure.ts'
import type { Feature } from './features.ts'
import { startWitness, type Witness, type WitnessOptions } from './witness.ts'

/** What a check has of its client and the gateway. */
export interface Bench {
  readonly client: LabClient
  readonly createDriver: (connection: Connection) => Promise<Driver>
  readonly api: string
  readonly key: string
}

type Check = (bench: Bench) => Promise<void>

const tokens = 12
const prompt = 'Tell me about sluices.'
const plain: Question = { model: 'chat', prompt, stream: false }
const streamed: Question = { ...plain, stream: true }

/** The demo provider, spoken to in OpenAI chat, in the caller's own dialect, and in the languages of three vendors (lab.yaml). */
const providers = ['demo', 'native', 'claude', 'google', 'llama']

function ofEveryProvider({ client }: Bench, feature: Feature, question: Question): Question[] {
  const limits = (client.limits ?? []).filter((limit) => limit.feature === feature)
  return providers
    .filter((name) => !limits.some(({ provider }) => provider === name))
    .map((provider) => ({ ...question, model: `${provider}/${question.model}` }))
}

const demoChat: Question = { ...plain, model: 'demo/chat' }

const inDemoWords = /^This is the demo model:/

/** One transparent pixel. */
const image =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

export const checks: Readonly<Record<Feature, Check>> = {
  plain: async (bench) => {
    await using setup = await setUp(bench)
    for (const question of ofEveryProvider(bench, 'plain', plain))
      expect((await setup.driver.ask(question)).text).toMatch(inDemoWords)
  },

  stream: async (bench) => {
    await using setup = await setUp(bench)
    for (const question of ofEveryProvider(bench, 'stream', streamed)) {
      const { text, pieces } = await setup.driver.ask(question)
      expect(text).toMatch(inDemoWords)
      expect(text).toBe((await setup.driver.ask({ ...question, stream: false })).text)
      expect(pieces).toBeGreaterThan(5)
    }
  },

  usage: async (bench) => {
    await using setup = await setUp(bench, { headers: { 'x-demo-tokens': String(tokens) } })
    for (const question of [
      ...ofEveryProvider(bench, 'usage', plain),
      ...ofEveryProvider(bench, 'usage', streamed),
    ]) {
      const { usage } = await setup.driver.ask(question)
      // What such a client makes of the counts is its own affair; that there are some is ours.
      if (question.stream && bench.client.limits?.some(({ feature }) => feature === 'usage')) {
        expect(usage?.output).toBeGreaterThanOrEqual(tokens)
        continue
      }
      expect({ question, usage }).toMatchObject({ usage: { output: tokens } })
      expect(usage?.input).toBeGreaterThan(0)
    }
  },

  tools: (bench) => checkTools(bench, 'tools', ['weather'], false),
  'parallel-tools': (bench) => checkTools(bench, 'parallel-tools', ['weather', 'tide'], true),

  structured: async (bench) => {
    await using setup = await setUp(bench)
    for (const question of ofEveryProvider(bench, 'structured', plain)) {
      const report = reportSchema.parse(await setup.driver.report?.(question))
      expect(report.city).toMatch(/^demo [0-9a-f]{8}$/)
    }
  },

  reasoning: async (bench) => {
    await using setup = await setUp(bench)
    for (const question of [
      ...ofEveryProvider(bench, 'reasoning', plain),
      ...ofEveryProvider(bench, 'reasoning', streamed),
    ]) {
      const { reasoning, text } = await setup.driver.ask({ ...question, reasoning: true })
      expect({ question, reasoning }).toMatchObject({ reasoning: 'What is wanted?' })
      expect(text).toMatch(inDemoWords)
    }
  },

  image: async (bench) => {
    await using setup = await setUp(bench)
    for (const question of ofEveryProvider(bench, 'image', { ...plain, model: 'echo', image })) {
      const { text } = await setup.driver.ask(question)
      expect({ question, text }).toMatchObject({ text: `${prompt} [image]` })
    }
  },

  'embeddings-base64': (bench) => checkEmbeddings(bench, 'base64'),
  'embeddings-float': (bench) => checkEmbeddings(bench, 'float'),

  'token-count': async (bench) => {
    await using setup = await setUp(bench)
    for (const question of ofEveryProvider(bench, 'token-count', plain))
      expect(await setup.driver.countTokens?.(question)).toBeGreaterThan(0)
  },

  pictures: async (bench) => {
    await using setup = await setUp(bench)
    const picture = (await setup.driver.draw?.('demo/image', 'A lock, closed.')) ?? ''
    expect(Buffer.from(picture, 'base64').subarray(1, 4).toString()).toBe('PNG')
  },

  speech: async (bench) => {
    await using setup = await setUp(bench)
    const sound = (await setup.driver.speak?.('demo/speech', prompt)) ?? ''
    expect(Buffer.from(sound, 'base64').subarray(0, 4).toString()).toBe('RIFF')
  },

  transcription: async (bench) => {
    await using setup = await setUp(bench)
    const wav = Buffer.from('RIFF, and what was said').toString('base64')
    const text = await setup.driver.transcribe?.('demo/transcribe', wav)
    expect(text).toMatch(/^The demo model heard 23 bytes/)
  },

  models: async (bench) => {
    await using setup = await setUp(bench)
    expect(await setup.driver.models?.()).toEqual(
      expect.arrayContaining(['demo/chat', 'demo/tools', 'limited/chat']),
    )
  },

  'wrong-key': async (bench) => {
    await using setup = await setUp({ ...bench, key: 'gw-not-a-key-of-this-gateway' })
    for (const stream of [false, true])
      expect(statusOf(await failureOf(setup.driver.ask({ ...demoChat, stream })))).toBe(401)
  },

  'unknown-model': async (bench) => {
    await using setup = await setUp(bench)
    const question = { ...demoChat, model: 'demo/chaat' }
    const failure = await failureOf(setup.driver.ask(question))
    expect(statusOf(failure)).toBe(404)
    expect(String((failure as Error).message)).toContain('demo/chat')
  },

  'retry-after': async (bench) => {
    await using setup = await setUp(bench, { retries: 1 })
    const failure = await failureOf(setup.driver.ask({ ...plain, model: 'limited/chat' }))
    expect(statusOf(failure)).toBe(429)
    const [first, second, ...more] = setup.witness.requests
    expect([first?.status, second?.status, more.length]).toEqual([429, 429, 0])
    // Told 1500 ms, it may not come earlier, and timers round down.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_450)
  },

  'no-retry': async (bench) => {
    await using setup = await setUp(bench, { retries: 2 })
    const failure = await failureOf(setup.driver.ask({ ...plain, model: 'exhausted/chat' }))
    expect(statusOf(failure)).toBe(429)
    expect(setup.witness.requests).toHaveLength(1)
  },

  'joined-retry': async (bench) => {
    const tag = randomUUID()
    const key: Record<string, string> = bench.client.namesRetries ? {} : { 'idempotency-key': tag }
    const headers = { 'x-demo-tag': tag, 'x-demo-interval-ms': '20', ...key }
    await using setup = await setUp(bench, { headers, retries: 2, cutFirstAfterMs: 200 })
    // A question of its own: a retry is known by its body, too.
    const { text } = await setup.driver.ask({ ...demoChat, prompt: `Say it once: ${tag}` })
    expect(text).toMatch(inDemoWords)
    expect(setup.witness.requests.map(({ status }) => status)).toEqual([null, 200])
    await onlyServedCall(tag)
  },

  'broken-stream': (bench) => checkBrokenStream(bench, 'broken/chat'),
  'truncated-stream': (bench) => checkBrokenStream(bench, 'truncated/chat'),

  'cut-stream': async (bench) => {
    const headers = { 'x-demo-interval-ms': '20', 'x-demo-tokens': '100' }
    await using setup = await setUp(bench, { headers, cutAfterBytes: 4_000 })
    await failureOf(setup.driver.ask({ ...demoChat, stream: true }))
    expect(setup.witness.requests.map(({ status }) => status)).toEqual([200])
  },
}

interface Setup extends AsyncDisposable {
  readonly driver: Driver
  readonly witness: Witness
}

async function setUp(
  { api, key, createDriver }: Bench,
  options: Partial<Pick<Connection, 'headers' | 'retries'>> & WitnessOptions = {},
): Promise<Setup> {
  const { headers = {}, retries = 0, ...cuts } = options
  const witness = await startWitness(api, cuts)
  const driver = await createDriver({ api: witness.url, key, headers, retries })
  return {
    driver,
    witness,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]?.()
      await witness[Symbol.asyncDispose]()
    },
  }
}

async function checkTools(
  bench: Bench,
  feature: Feature,
  toolNames: readonly string[],
  stream: boolean,
): Promise<void> {
  await using setup = await setUp(bench)
  for (const question of ofEveryProvider(bench, feature, {
    model: 'tools',
    prompt: 'Use every tool.',
    stream,
  })) {
    const called: string[] = []
    const text = await setup.driver.useTools?.(question, toolNames, (name, input) => {
      expect(toolInput.parse(input).query).toMatch(new RegExp(`^${name} `))
      called.push(name)
      return `${name}: 7`
    })
    expect({ question, called: called.toSorted() }).toMatchObject({ called: toolNames.toSorted() })
    expect(text).toMatch(inDemoWords)
  }
}

async function checkEmbeddings(bench: Bench, encoding: 'base64' | 'float'): Promise<void> {
  await using setup = await setUp(bench)
  const texts = ['a gate', 'a river', 'a gate']
  const vectors = (await setup.driver.embed?.('demo/embed', texts, encoding)) ?? []
  expect(vectors.map(({ length }) => length)).toEqual([64, 64, 64])
  expect(vectors[0]).toEqual(vectors[2])
  expect(vectors[0]).not.toEqual(vectors[1])
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4)
  // What the client asked for, so that a change of its default does not go unseen.
  expect(setup.witness.requests.map(({ body }) => encodingIn(body))).toEqual([encoding])
}

/** `float` is what a caller gets that asks for nothing. */
function encodingIn(body: string): string {
  const { encoding_format: encoding } = JSON.parse(body) as { encoding_format?: string }
  return encoding ?? 'float'
}

async function checkBrokenStream(bench: Bench, model: string): Promise<void> {
  await using setup = await setUp(bench)
  await failureOf(setup.driver.ask({ ...streamed, model }))
  expect(setup.witness.requests.map(({ status }) => status)).toEqual([200])
}

/** What the client threw; fails when it took the answer for a success. */
async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`taken for a success: ${JSON.stringify(outcome.value)}`)
}
