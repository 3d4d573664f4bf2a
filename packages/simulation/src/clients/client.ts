import type { Random } from '../core/random.ts'
import type { Settings } from '../core/settings.ts'
import { type Tenant, tenants } from '../world/catalogue.ts'
import type { Edge } from '../world/edge.ts'
import { type Ask, type Exchange, exchange } from './exchange.ts'

export interface ClientContext {
  readonly edge: Edge
  readonly settings: Settings
  /** Every exchange, when it is over. */
  readonly record: (exchange: Exchange) => void
}

/** One program that talks to the gateway, with a key and a prompt that nobody else uses. */
export class Client {
  readonly name: string
  readonly random: Random
  readonly tenant: Tenant
  readonly context: ClientContext
  /** In every tick of an answer to it. */
  readonly marker: string
  readonly model: string

  constructor(
    name: string,
    random: Random,
    context: ClientContext,
    as: { readonly tenant?: Tenant | undefined; readonly model?: string } = {},
  ) {
    this.name = name
    this.random = random
    this.context = context
    this.tenant = as.tenant ?? random.pick(tenants)
    this.marker = name
    this.model = as.model ?? random.pick(['alpha/m', 'beta/m'])
  }

  get other(): Tenant {
    return tenants.find((tenant) => tenant !== this.tenant) ?? this.tenant
  }

  sleep(ms: number): Promise<void> {
    return this.context.edge.wire.scheduler.sleep(ms)
  }

  chatBody(stream: boolean, more: object = {}): string {
    const messages = [{ role: 'user', content: this.marker }]
    const options = stream && this.random.chance(0.3) ? { include_usage: true } : null
    return JSON.stringify({
      model: this.model,
      messages,
      stream,
      ...(options ? { stream_options: options } : {}),
      ...more,
    })
  }

  chat(
    body: string,
    headers: Readonly<Record<string, string>> = {},
    manners: Partial<Ask> = {},
  ): Promise<Exchange> {
    return this.ask(
      { method: 'POST', path: '/v1/chat/completions', headers, body, ...manners },
      this.tenant,
    )
  }

  /** `marker` is what the answer may hold; a stranger's may hold none of ours. */
  async ask(
    ask: Pick<Ask, 'method' | 'path'> & Partial<Ask>,
    tenant: Tenant = this.tenant,
  ): Promise<Exchange> {
    const asker = { client: this.name, tenant: tenant.name, key: tenant.key, marker: this.marker }
    const done = await exchange(this.context.edge, asker, {
      body: null,
      leaveAfterBytes: null,
      leaveAfterMs: this.patienceMs,
      leaveHow: this.random.pick(['end', 'reset']),
      readPauseMs: 0,
      readBytes: this.random.pick([100, 1_024, 16_384]),
      ...ask,
      headers: { authorization: `Bearer ${tenant.key}`, ...ask.headers },
    })
    this.context.record(done)
    return done
  }

  /** Longer than any answer may take: a client that waits so long was left hanging. */
  get patienceMs(): number {
    return this.context.settings.deadlineMs + 60_000
  }
}

/** What an OpenAI SDK takes for a reason to repeat a call: no answer, or one that says so. */
export function deservesRetry({ status, end, headers }: Exchange): boolean {
  if (headers['x-should-retry'] === 'false') return false
  if (headers['x-should-retry'] === 'true') return true
  if (status === 0) return end !== 'left'
  return status === 408 || status === 409 || status === 429 || status >= 500
}
