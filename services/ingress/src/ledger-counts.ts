import type { Caller } from '@sluice/contracts/caller'
import type { TenantId } from '@sluice/contracts/ids'
import { readCounts } from '@sluice/contracts/rpc/usage'
import type { Generations, Seed } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import type { Charges } from './http/charges.ts'

/** How often a counter in use is raised to what the ledger has: what it lost with its memory comes back within this. */
const refreshMs = 10_000
/** Counters of which that is remembered; beyond it all are asked about again. */
const maxRemembered = 10_000
const timeoutMs = 2_000

export interface LedgerCountsOptions {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
}

/** Brings durable counters what the ledger has of them: when they are not there, before anything is counted, and from time to time while they are used. */
export class LedgerCounts {
  readonly #options: LedgerCountsOptions
  /** Under way: calls that come at once ask once. */
  readonly #seeding = new Map<string, Promise<boolean>>()
  /** When a counter was last told what the ledger has, monotonic ms. */
  readonly #toldAt = new Map<string, number>()

  constructor(options: LedgerCountsOptions) {
    this.#options = options
  }

  /** False: not yet. Rejects when the ledger cannot be asked. `at`: when the call was accepted. */
  seed(
    caller: Caller,
    charges: Charges,
    counters: readonly string[],
    at: number,
  ): Promise<boolean> {
    const key = `${caller.tenantId} ${counters.join(' ')}`
    const known = this.#seeding.get(key)
    if (known) return known
    const seeding = this.#tell(caller, charges, new Set(counters), at).finally(() => {
      this.#seeding.delete(key)
    })
    this.#seeding.set(key, seeding)
    return seeding
  }

  /** In the background, where it is time. */
  refresh(caller: Caller, { charges, counted }: Charges, at: number): void {
    const now = this.#options.clock.monotonic()
    const due = charges.filter(
      ({ counter, durable }) =>
        durable &&
        now - (this.#toldAt.get(keyOf(caller.tenantId, counter)) ?? -Infinity) >= refreshMs,
    )
    if (due.length === 0) return
    const counters = due.map(({ counter }) => counter)
    // Noted before it is done: calls that come meanwhile ask for nothing.
    this.#note(caller.tenantId, counters)
    this.seed(caller, { charges, counted }, counters, at).catch((error: unknown) => {
      this.#options.logger.warn({ problem: messageOf(error) }, 'cannot read what limits have used')
    })
  }

  async #tell(
    caller: Caller,
    { charges, counted }: Charges,
    counters: ReadonlySet<string>,
    at: number,
  ): Promise<boolean> {
    const { generations, queue } = this.#options
    const wanted = charges.flatMap((charge, index) => {
      const limit = counted[index]?.limit
      return limit && counters.has(charge.counter) ? [{ charge, limit }] : []
    })
    const limits = wanted.map(({ limit }) => limit)
    const { used } = await callRpc(queue, readCounts, { caller, limits, at }, { timeoutMs })
    const seeds = wanted.map(({ charge: { counter, endsAt }, limit }): Seed => ({
      counter,
      used: used[limit.id] ?? 0,
      endsAt,
    }))
    const isSeeded = await generations.seedCounts(caller.tenantId, seeds)
    if (isSeeded) this.#note(caller.tenantId, [...counters])
    return isSeeded
  }

  #note(tenantId: TenantId, counters: readonly string[]): void {
    if (this.#toldAt.size > maxRemembered) this.#toldAt.clear()
    const now = this.#options.clock.monotonic()
    for (const counter of counters) this.#toldAt.set(keyOf(tenantId, counter), now)
  }
}

function keyOf(tenantId: TenantId, counter: string): string {
  return `${tenantId} ${counter}`
}
