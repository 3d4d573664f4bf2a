import type { RequestId } from '@sluice/contracts/ids'

interface Caller {
  readonly id: RequestId
  readonly tenant: string
  readonly weight: number
}

interface Waiting extends Caller {
  /** Of the same tenant, and before it: what waited then, and what ran and could come back. */
  readonly ownBefore: number
  /** Calls of other tenants that were taken while it waited. */
  readonly overtaken: Map<string, { count: number; weight: number }>
}

/**
 * I16, watched while a run goes on: a call waits for what all share, and for as many turns as its own tenant's line needs, each of them one
 * turn of every other tenant. However many calls another tenant sends, they do not come before it.
 */
export class Turns {
  readonly problems: string[] = []
  readonly #shared: number
  readonly #pools = new Map<string, Waiting[]>()
  readonly #callers = new Map<RequestId, Caller>()
  readonly #running = new Map<RequestId, Caller>()

  constructor(shared: number) {
    this.#shared = shared
  }

  /** Returns how it is taken back. */
  queued(pool: string, caller: Caller): () => void {
    this.#callers.set(caller.id, caller)
    const waiting = this.#waitingIn(pool)
    const isOwn = ({ tenant }: Caller) => tenant === caller.tenant
    const ownBefore =
      waiting.filter(isOwn).length + [...this.#running.values()].filter(isOwn).length
    const entry: Waiting = { ...caller, ownBefore, overtaken: new Map() }
    waiting.push(entry)
    return () => {
      this.#pools.set(
        pool,
        this.#waitingIn(pool).filter((each) => each !== entry),
      )
    }
  }

  taken(pool: string, id: RequestId): void {
    const caller = this.#callers.get(id)
    if (caller === undefined) return
    const waiting = this.#waitingIn(pool)
    const place = waiting.findIndex((each) => each.id === id)
    const first = waiting[place]
    if (first !== undefined) this.#judge(first)
    // Its line keeps its order: what is left of its tenant before it was ended where it waited.
    const still = waiting.filter(({ tenant }, i) => tenant !== caller.tenant || i > place)
    for (const { tenant, overtaken } of still) {
      if (tenant === caller.tenant) continue
      const { count } = overtaken.get(caller.tenant) ?? { count: 0 }
      overtaken.set(caller.tenant, { count: count + 1, weight: caller.weight })
    }
    this.#pools.set(pool, still)
    this.#running.set(id, caller)
  }

  ended(id: RequestId): void {
    this.#running.delete(id)
  }

  #waitingIn(pool: string): Waiting[] {
    const waiting = this.#pools.get(pool) ?? []
    this.#pools.set(pool, waiting)
    return waiting
  }

  #judge({ id, tenant, weight, ownBefore, overtaken }: Waiting): void {
    const turns = Math.floor(ownBefore / weight) + 1
    for (const [other, { count, weight: ofOther }] of overtaken) {
      // A turn moves up as a whole, so what is shared can hold the rest of one more.
      const most = this.#shared + ofOther - 1 + turns * ofOther
      if (count > most)
        this.problems.push(
          `I16: ${id} of ${tenant} waited for ${String(count)} calls of ${other}, and for ${String(most)} at most it should`,
        )
    }
  }
}
