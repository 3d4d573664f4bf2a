import { type ListedModel, listModels } from '@sluice/contracts/rpc/router'
import type { Clock } from '@sluice/kernel/clock'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

/** A list younger than this is not asked for again. With the time the router takes to see a change, callers see it within 5 s. */
const freshMs = 2_000
const timeoutMs = 2_000
const maxTenants = 1_000

interface Listed {
  readonly models: readonly ListedModel[]
  readonly tenantsWithOwn: ReadonlySet<string>
}

/** What the router can serve, asked for at most every 2 s; while the router is away, the last list stands. */
export class ModelList {
  readonly #queue: WorkQueue
  readonly #clock: Clock
  readonly #everybodys: OneList
  /** Of tenants that have rows of their own, in the order in which they were first asked for. */
  readonly #ofTenants = new Map<string, OneList>()

  constructor(queue: WorkQueue, clock: Clock) {
    this.#queue = queue
    this.#clock = clock
    this.#everybodys = new OneList(null, queue, clock)
  }

  async read(tenantId: string): Promise<readonly ListedModel[]> {
    const { models, tenantsWithOwn } = await this.#everybodys.read()
    if (!tenantsWithOwn.has(tenantId)) return models
    return (await this.#ofTenant(tenantId).read()).models
  }

  #ofTenant(tenantId: string): OneList {
    const known = this.#ofTenants.get(tenantId)
    if (known) return known
    const list = new OneList(tenantId, this.#queue, this.#clock)
    this.#ofTenants.set(tenantId, list)
    const [oldest] = this.#ofTenants.keys()
    if (this.#ofTenants.size > maxTenants && oldest !== undefined) this.#ofTenants.delete(oldest)
    return list
  }
}

class OneList {
  readonly #tenantId: string | null
  readonly #queue: WorkQueue
  readonly #clock: Clock
  #listed: Listed | null = null
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<Listed> | null = null

  constructor(tenantId: string | null, queue: WorkQueue, clock: Clock) {
    this.#tenantId = tenantId
    this.#queue = queue
    this.#clock = clock
  }

  async read(): Promise<Listed> {
    const known = this.#listed
    if (known && this.#clock.monotonic() - this.#askedAt < freshMs) return known
    try {
      return await (this.#asking ??= this.#ask())
    } catch (error) {
      if (known) return known
      throw error
    }
  }

  async #ask(): Promise<Listed> {
    try {
      const asked = { tenantId: this.#tenantId }
      const { models, tenantsWithOwn } = await callRpc(this.#queue, listModels, asked, {
        timeoutMs,
      })
      return (this.#listed = { models, tenantsWithOwn: new Set(tenantsWithOwn) })
    } finally {
      this.#asking = null
      // Failures count too: with a list at hand, a router that is away is not waited for on every request.
      this.#askedAt = this.#clock.monotonic()
    }
  }
}
