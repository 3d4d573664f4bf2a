import type { TenantId } from '@sluice/contracts/ids'
import {
  type Charge,
  type Count,
  counterMarginMs,
  fits,
  type Seed,
  settledAmount,
} from './charges.ts'

/** One incarnation: a counter that was lost and comes again is another object. */
interface Counter {
  used: number
  reserved: number
  expiresAt: number
}

export interface TakenCharge {
  readonly charge: Charge
  readonly counter: Counter
}

export type Taken =
  | {
      readonly ok: true
      readonly taken: readonly TakenCharge[]
      readonly levels: readonly number[]
    }
  | { readonly ok: false; readonly unseeded: readonly string[] }
  | { readonly ok: false; readonly excess: readonly { charge: number; level: number }[] }

export const noCharges: readonly TakenCharge[] = Object.freeze([])

type Bill = Parameters<typeof settledAmount>[1]

/** What limits count, by tenant: see `Charge`. */
export class MemoryCounters {
  readonly #byTenant = new Map<TenantId, Map<string, Counter>>()

  /** All or none. */
  take(tenantId: TenantId, charges: readonly Charge[], now: number): Taken {
    const known = this.#of(tenantId)
    const unseeded = charges.filter(({ counter, durable }) => durable && !known.has(counter))
    if (unseeded.length > 0) return { ok: false, unseeded: unseeded.map(({ counter }) => counter) }
    const levelOf = ({ counter }: Charge) => level(known.get(counter))
    const excess = charges.flatMap((charge, index) =>
      fits(charge, levelOf(charge)) ? [] : [{ charge: index, level: levelOf(charge) }],
    )
    if (excess.length > 0) return { ok: false, excess }
    const taken = charges.map((charge) => {
      const counter = known.get(charge.counter) ?? this.#begin(known, charge, 0)
      counter.reserved += charge.amount
      // A process whose clock is slow counts in a window that is over here: its limit holds there, too.
      counter.expiresAt = Math.max(counter.expiresAt, now + counterMarginMs)
      return { charge, counter }
    })
    return { ok: true, taken, levels: taken.map(({ counter }) => level(counter)) }
  }

  /** Counters that are not there any more are changed as well, and nobody sees it. */
  settle(tenantId: TenantId, taken: readonly TakenCharge[], bill: Bill): void {
    for (const { charge, counter } of taken) {
      counter.reserved -= charge.amount
      const used = counter.used + settledAmount(charge.metric, bill)
      counter.used = Math.min(used, Number.MAX_SAFE_INTEGER)
      // What is only held is forgotten when nobody holds it.
      if (charge.metric === 'concurrency' && counter.reserved === 0)
        this.#forget(tenantId, charge.counter, counter)
    }
  }

  seed(tenantId: TenantId, seeds: readonly Seed[]): void {
    const known = this.#of(tenantId)
    for (const seed of seeds) {
      const counter = known.get(seed.counter) ?? this.#begin(known, seed, seed.used)
      counter.used = Math.max(counter.used, seed.used)
    }
  }

  read(tenantId: TenantId, counters: readonly string[]): (Count | null)[] {
    const known = this.#byTenant.get(tenantId)
    return counters.map((name) => {
      const counter = known?.get(name)
      return counter === undefined ? null : { used: counter.used, reserved: counter.reserved }
    })
  }

  sweep(now: number): void {
    for (const [tenantId, known] of this.#byTenant) {
      for (const [name, { expiresAt }] of known) if (expiresAt <= now) known.delete(name)
      if (known.size === 0) this.#byTenant.delete(tenantId)
    }
  }

  #of(tenantId: TenantId): Map<string, Counter> {
    const known = this.#byTenant.get(tenantId) ?? new Map<string, Counter>()
    this.#byTenant.set(tenantId, known)
    return known
  }

  #begin(
    known: Map<string, Counter>,
    { counter: name, endsAt }: Pick<Charge, 'counter' | 'endsAt'>,
    used: number,
  ): Counter {
    const expiresAt = endsAt === null ? Infinity : endsAt + counterMarginMs
    const counter = { used, reserved: 0, expiresAt }
    known.set(name, counter)
    return counter
  }

  #forget(tenantId: TenantId, name: string, counter: Counter): void {
    const known = this.#byTenant.get(tenantId)
    if (known?.get(name) !== counter) return
    known.delete(name)
    if (known.size === 0) this.#byTenant.delete(tenantId)
  }
}

function level(counter: Counter | undefined): number {
  return counter === undefined ? 0 : counter.used + counter.reserved
}
