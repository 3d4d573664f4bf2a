import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { History, RecordOf } from '../history.ts'
import { between, chance, oneOf } from '../random.ts'
import { bodyOf, errorCode, exchange, failureOf } from './exchange.ts'
import { readStream, type Reading, type View } from './view.ts'

export interface Gateway {
  readonly apis: readonly string[]
  readonly key: string
  /** Of another tenant. */
  readonly foreignKey: string
}

/** What a caller wants: `words` words, one every `intervalMs`. */
export interface Call {
  readonly name: string
  readonly kind: string
  readonly stream: boolean
  readonly words: number
  readonly intervalMs: number
  readonly attach: RecordOf<'asked'>['attach']
  readonly headers: Readonly<Record<string, string>>
}

/** A head with status 200. */
export interface Accepted {
  readonly requestId: string
  readonly response: IncomingMessage
  readonly sentAt: number
}

/** For how long a client that has a cursor tries to come back. */
const comebackMs = 60_000
const answerTimeoutMs = 30_000
/** Errors of the gateway itself, just now. Any other 5xx for a log is the call's own end: it had failed before its first event. */
const passing = [
  'dependency_unavailable',
  'auth_unavailable',
  'no_answer',
  'starting',
  'shutting_down',
  'server_is_overloaded',
  'internal_error',
]
const patient: Reading = { leaveAfter: Infinity, stallMs: 0 }

/** Speaks to the gateway as its clients do, and writes down what it saw. */
export class Client {
  readonly gateway: Gateway
  readonly #history: History

  constructor(gateway: Gateway, history: History) {
    this.gateway = gateway
    this.#history = history
  }

  /** Repeats like OpenAI's SDK: after a failed connection and what is worth it, on another address, `maxRetries` times. */
  async ask(
    call: Call,
    { maxRetries, firstApi } = { maxRetries: 2, firstApi: oneOf(this.gateway.apis) },
  ): Promise<Accepted | null> {
    const { apis } = this.gateway
    for (let attempt = 1; ; attempt += 1) {
      const api = apis[(apis.indexOf(firstApi) + attempt - 1) % apis.length] ?? firstApi
      const answer = await this.#post(call, api, attempt)
      if (answer.accepted) return answer.accepted
      if (attempt > maxRetries || !answer.retryable) return null
      await sleep(answer.waitMs ?? 500 * 2 ** (attempt - 1) * between(0.75, 1))
    }
  }

  async #post(
    call: Call,
    api: string,
    attempt: number,
  ): Promise<{ accepted: Accepted | null; retryable: boolean; waitMs: number | null }> {
    const { name, kind, stream, words, intervalMs, attach } = call
    const sentAt = performance.now()
    this.#history.write({ event: 'asked', call: name, attempt, kind, api, stream, words, attach })
    const answered = (status: number | null, requestId: string | null, code: string | null) => {
      const took_ms = Math.round(performance.now() - sentAt)
      this.#history.write({
        event: 'answered',
        call: name,
        attempt,
        status,
        request_id: requestId,
        code,
        took_ms,
      })
    }
    let response: IncomingMessage
    try {
      response = await exchange({
        api,
        path: '/v1/chat/completions',
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.gateway.key}`,
          'content-type': 'application/json',
          'x-demo-interval-ms': String(intervalMs),
          ...(attach === 'idempotency' ? { 'idempotency-key': name } : {}),
          ...(attach === 'retry' ? { 'x-stainless-retry-count': String(attempt - 1) } : {}),
          ...call.headers,
        },
        body: JSON.stringify({
          model: 'demo/echo',
          stream,
          messages: [{ role: 'user', content: wordsOf(name, words).join(' ') }],
        }),
        timeoutMs: answerTimeoutMs,
      })
    } catch (error) {
      answered(null, null, failureOf(error))
      return { accepted: null, retryable: true, waitMs: null }
    }
    const status = response.statusCode ?? 0
    const requestId = headerOf(response, 'x-request-id')
    if (status === 200 && requestId !== null) {
      answered(status, requestId, null)
      return { accepted: { requestId, response, sentAt }, retryable: false, waitMs: null }
    }
    answered(status, requestId, errorCode(await bodyOf(response)))
    const should = headerOf(response, 'x-should-retry')
    const retryable =
      should === 'true' ||
      (should !== 'false' && [408, 409, 429].includes(status)) ||
      (should !== 'false' && status >= 500)
    const wait = Number(headerOf(response, 'retry-after-ms') ?? Number.NaN)
    return { accepted: null, retryable, waitMs: Number.isFinite(wait) ? wait : null }
  }

  /** Reads a streamed answer to the call itself. */
  async read(
    call: Call,
    { requestId, response, sentAt }: Accepted,
    reading = patient,
  ): Promise<View> {
    const startedAt = Date.now()
    const view = await readStream(response, reading)
    this.#viewed(call.name, requestId, 'call', null, startedAt, sentAt, view)
    return view
  }

  /** Reads a plain answer: whole, or broken. */
  async readPlain(call: Call, { requestId, response, sentAt }: Accepted): Promise<boolean> {
    const startedAt = Date.now()
    const body = await bodyOf(response)
    const text = body === null ? null : plainText(body)
    const view: View = {
      events: (text ?? '')
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => [null, word]),
      end: text === null ? 'broken' : 'terminal',
      terminal: text === null ? null : 'completed',
      firstAt: performance.now(),
      cursor: null,
    }
    this.#viewed(call.name, requestId, 'call', null, startedAt, sentAt, view)
    return text !== null
  }

  /** Reads the log behind `after`, or from its start, through any address; comes back for a while. Null: refused for good, or never answered. */
  async readOn(
    name: string,
    requestId: string,
    after: string | null,
    reading = patient,
    via: 'resume' | 'replay' = 'resume',
  ): Promise<View | null> {
    const deadline = performance.now() + comebackMs
    while (performance.now() < deadline) {
      const startedAt = Date.now()
      const sentAt = performance.now()
      const response = await this.#get(
        `/v1/generations/${requestId}/stream`,
        this.gateway.key,
        after,
      )
      if (response?.statusCode === 200) {
        const view = await readStream(response, reading)
        this.#viewed(name, requestId, via, after, startedAt, sentAt, view)
        return view
      }
      const code = response && errorCode(await bodyOf(response))
      const status = response?.statusCode ?? 503
      if (status < 500 && status !== 429) {
        this.#history.write({ event: 'refused', request_id: requestId, probe: 'own', status, code })
        return null
      }
      if (code !== null && !passing.includes(code)) {
        const view: View = {
          events: [],
          end: 'terminal',
          terminal: code,
          firstAt: null,
          cursor: null,
        }
        this.#viewed(name, requestId, via, after, startedAt, sentAt, view)
        return view
      }
      await sleep(between(150, 350))
    }
    return null
  }

  #viewed(
    call: string,
    requestId: string,
    via: RecordOf<'viewed'>['via'],
    after: string | null,
    startedAt: number,
    sentAt: number,
    { events, end, terminal, firstAt }: View,
  ): void {
    const first_ms = firstAt === null ? null : Math.round(firstAt - sentAt)
    const read = { via, after, first_ms, events, end, terminal, started_at: startedAt }
    this.#history.write({ event: 'viewed', call, request_id: requestId, ...read })
  }

  /** Asks until there is an answer. */
  async cancel(requestId: string): Promise<void> {
    const deadline = performance.now() + comebackMs
    while (performance.now() < deadline) {
      const response = await this.#send(
        'POST',
        `/v1/generations/${requestId}/cancel`,
        this.gateway.key,
        null,
      )
      if (response) await bodyOf(response)
      const status = response?.statusCode ?? 503
      if (status < 500) {
        this.#history.write({ event: 'cancelled', request_id: requestId, status })
        return
      }
      await sleep(between(150, 350))
    }
  }

  /** Asks for its state until there is an answer. */
  async describe(call: string, requestId: string): Promise<void> {
    const deadline = performance.now() + comebackMs
    while (performance.now() < deadline) {
      const response = await this.#get(`/v1/generations/${requestId}`, this.gateway.key, null)
      const body = response && (await bodyOf(response))
      const status = response?.statusCode ?? 503
      if (response && body !== null && status < 500) {
        const state = status === 200 ? (JSON.parse(body) as { state: string }).state : null
        this.#history.write({ event: 'described', call, request_id: requestId, status, state })
        return
      }
      await sleep(between(150, 350))
    }
  }

  /** Readings that must be refused: by another tenant, and with cursors that no log ever had. */
  async probe(requestId: string): Promise<void> {
    const { key, foreignKey } = this.gateway
    const path = `/v1/generations/${requestId}`
    const probes = [
      ['foreign', chance(0.5) ? path : `${path}/stream`, foreignKey, null],
      ['garbage', `${path}/stream`, key, 'no-cursor'],
      ['future', `${path}/stream`, key, `${String(Date.now() + 3_600_000)}-7`],
    ] as const
    for (const [probe, probed, credential, after] of probes) {
      const response = await this.#get(probed, credential, after)
      if (!response) continue
      const status = response.statusCode ?? 0
      if (status === 200) response.destroy()
      const code = status === 200 ? null : errorCode(await bodyOf(response))
      this.#history.write({ event: 'refused', request_id: requestId, probe, status, code })
    }
  }

  #get(path: string, key: string, after: string | null): Promise<IncomingMessage | null> {
    return this.#send('GET', path, key, after)
  }

  #send(
    method: 'GET' | 'POST',
    path: string,
    key: string,
    after: string | null,
  ): Promise<IncomingMessage | null> {
    const cursor: Record<string, string> = after === null ? {} : { 'last-event-id': after }
    const headers = { authorization: `Bearer ${key}`, ...cursor }
    const api = oneOf(this.gateway.apis)
    return exchange({ api, path, method, headers, timeoutMs: answerTimeoutMs }).catch(() => null)
  }
}

/** The answer to a call: no word of it can be taken for another one's. */
export function wordsOf(name: string, words: number): string[] {
  return Array.from({ length: words }, (_, index) => `${name}.${String(index)}`)
}

function headerOf(response: IncomingMessage, name: string): string | null {
  const value = response.headers[name]
  return typeof value === 'string' ? value : null
}

function plainText(body: string): string | null {
  try {
    const reply = JSON.parse(body) as { choices: [{ message: { content: string } }] }
    return reply.choices[0].message.content
  } catch {
    return null
  }
}
