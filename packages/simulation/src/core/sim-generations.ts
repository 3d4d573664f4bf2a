import type { Cursor, LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { RequestId } from '@sluice/contracts/ids'
import type {
  Admission,
  Admitted,
  Claim,
  Claimed,
  Generations,
  GenerationsTiming,
  Revocation,
  Tail,
  Transition,
} from '@sluice/generations'
import type { RenewableGenerations } from '@sluice/generations/memory'
import type { Timer } from '@sluice/kernel/clock'
import { taking } from './ports.ts'
import type { SimProcess } from './sim-process.ts'
import { away, type Wire } from './wire.ts'

/** Workers of all processes, so that a delivery can be repeated to another one. */
export interface DispatchHandler {
  readonly process: SimProcess
  readonly pool: string
  readonly handle: (id: RequestId) => Promise<void>
}

export interface SimGenerationsOptions {
  readonly shared: RenewableGenerations
  readonly timing: GenerationsTiming
  readonly process: SimProcess
  readonly wire: Wire
  readonly dispatchHandlers: DispatchHandler[]
  /** Routes come with a second target until the router plans them itself. */
  readonly withFallback: (plan: RoutePlan) => RoutePlan
  /** Holds callers to the limits of the run. */
  readonly admit: (shared: Generations, admission: Admission) => Promise<Admitted>
}

/** What one process holds of the shared generations: every step goes over the wire, and its leases live and die with the process. */
export function createSimGenerations(options: SimGenerationsOptions): Generations {
  const { shared, process, wire, timing } = options
  const call = <Reply>(label: string, effect: () => Promise<Reply>) =>
    wire.call(process, 'generations', label, effect)
  const leases = new Leases(options)
  const kept = { failsWithProcess: false }

  return {
    adapter: shared.adapter,
    timing: shared.timing,
    admit: (admission) =>
      call(`admit ${admission.request.id}`, () => options.admit(shared, admission)),
    route: (id, plan) => call(`route ${id}`, () => shared.route(id, options.withFallback(plan))),
    reject: (id, end) => call(`reject ${id}`, () => shared.reject(id, end)),
    claim: (id, onRevoked) => leases.claim(id, onRevoked),
    append: (claim, entries) =>
      leases.write(claim, `append ${claim.id}`, () => shared.append(claim, entries)),
    nextAttempt: (claim, target) =>
      leases.write(claim, `next attempt ${claim.id}`, () => shared.nextAttempt(claim, target)),
    finish: async (claim, last, end) => {
      const step = () => shared.finish(claim, last, end)
      const finished = await leases.write(claim, `finish ${claim.id} ${end.terminal.state}`, step)
      leases.drop(claim.id)
      return finished
    },
    release: async (claim) => {
      const released = await leases.write(claim, `release ${claim.id}`, () => shared.release(claim))
      if (released.ok) leases.drop(claim.id)
      return released
    },
    cancel: (id, reason) => call(`cancel ${id}`, () => shared.cancel(id, reason)),
    attend: (id) => call(`attend ${id}`, () => shared.attend(id)),
    leave: (id, graceMs) => call(`leave ${id} ${String(graceMs)}`, () => shared.leave(id, graceMs)),
    async reap() {
      // After a gap nobody is reaped for one lease: its holder could not renew.
      if (wire.backForMs('generations') < timing.leaseMs)
        return { requeued: 0, failed: 0, expired: 0 }
      return call('reap', () => shared.reap())
    },
    takeRequests: (handler, take) =>
      taking(process, () =>
        shared.takeRequests((request) => {
          const label = `request ${request.id}`
          if (wire.strikes(wire.faults.duplicateDelivery))
            void wire.deliver(process, label, () => handler(request), kept).catch(() => undefined)
          return wire.deliver(process, label, () => handler(request), kept)
        }, take),
      ),
    takeDispatches(pool, handler, take) {
      const handle = async (id: RequestId) => {
        try {
          await handler(id)
        } catch (error) {
          leases.drop(id)
          throw error
        }
      }
      options.dispatchHandlers.push({ process, pool, handle })
      return taking(process, () =>
        shared.takeDispatches(
          pool,
          (id) => {
            if (wire.strikes(wire.faults.duplicateDelivery)) repeat(id, pool, options)
            return wire.deliver(process, `dispatch ${id}`, () => handle(id), kept)
          },
          take,
        ),
      )
    },
    takeUsage: (handler, batch) =>
      taking(process, () =>
        shared.takeUsage(
          (records) =>
            wire.deliver(process, `${String(records.length)} usage`, () => handler(records), {
              failsWithProcess: true,
            }),
          batch,
        ),
      ),
    describe: (id) => call(`describe ${id}`, () => shared.describe(id)),
    read: (id, after, maxBytes) =>
      call(`read ${id} after ${text(after)}`, () => shared.read(id, after, maxBytes)),
    tail: (id, place) => new SimTail(shared.tail(id, place), id, process, wire),
    delivered: (id) => call(`delivered ${id}`, () => shared.delivered(id)).catch(() => undefined),
    seedCounts: (tenantId, seeds) => call('seed counts', () => shared.seedCounts(tenantId, seeds)),
    readCounts: (tenantId, counters) =>
      call('read counts', () => shared.readCounts(tenantId, counters)),
    depths: () => call('depths', () => shared.depths()),
    ping: () => call('ping', () => shared.ping()),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** The same generation comes a second time, somewhere, some time later. */
function repeat(id: RequestId, pool: string, { dispatchHandlers, wire }: SimGenerationsOptions) {
  const alive = dispatchHandlers.filter((each) => each.pool === pool && !each.process.dead)
  const { process, handle } = wire.random.pick(alive)
  wire.scheduler.after(wire.random.between(0, 2_000), () => {
    const again = wire.deliver(process, `dispatch ${id} again`, () => handle(id), {
      failsWithProcess: false,
    })
    again.catch(() => undefined) // as by the queue: the reaper looks after it
  })
}

/** Renews what this process claimed, as an adapter does behind the port. */
class Leases {
  readonly #options: SimGenerationsOptions
  readonly #renewals = new Map<RequestId, Timer>()

  constructor(options: SimGenerationsOptions) {
    this.#options = options
  }

  async claim(id: RequestId, onRevoked: (reason: Revocation) => void): Promise<Claimed> {
    const { shared, process, wire } = this.#options
    const heard = (reason: Revocation) => {
      wire.scheduler.after(wire.latency(), () => {
        process.enter(() => {
          wire.history.add(process.name, `revoked ${id} ${reason}`)
          if (reason === 'lost') this.drop(id)
          onRevoked(reason)
        })
      })
    }
    const claimed = await wire.call(process, 'generations', `claim ${id}`, () =>
      shared.claim(id, heard),
    )
    if (claimed.ok) this.#renew(claimed.claim)
    return claimed
  }

  /** A write that is refused or fails ends the renewal of its claim. */
  async write(claim: Claim, label: string, effect: () => Promise<Transition>): Promise<Transition> {
    const { process, wire } = this.#options
    try {
      const written = await wire.call(process, 'generations', label, effect)
      if (!written.ok) this.drop(claim.id)
      return written
    } catch (error) {
      this.drop(claim.id)
      throw error
    }
  }

  drop(id: RequestId): void {
    this.#renewals.get(id)?.cancel()
    this.#renewals.delete(id)
  }

  #renew({ id, epoch }: Claim): void {
    const { shared, process, wire, timing } = this.#options
    this.drop(id)
    const timer = process.clock.every(timing.heartbeatMs, () => {
      wire.scheduler.after(wire.latency(), () => {
        if (wire.isAway('generations')) return
        if (!shared.renew(id, epoch) && this.#renewals.get(id) === timer) this.drop(id)
      })
    })
    this.#renewals.set(id, timer)
  }
}

/** Entries come over the wire, in order; the connection under it can break for good. */
class SimTail implements Tail {
  readonly #inner: Tail
  readonly #id: RequestId
  readonly #process: SimProcess
  readonly #wire: Wire
  readonly #death: { cancel(): void }
  #closed = false
  #waiting: ((entries: null) => void) | null = null

  constructor(inner: Tail, id: RequestId, process: SimProcess, wire: Wire) {
    this.#inner = inner
    this.#id = id
    this.#process = process
    this.#wire = wire
    this.#death = process.onDeath(() => {
      inner[Symbol.dispose]()
    })
  }

  next(): Promise<readonly LogEntry[] | null> {
    if (this.#closed) return Promise.resolve(null)
    const { promise, resolve, reject } = Promise.withResolvers<readonly LogEntry[] | null>()
    this.#waiting = resolve
    const arrive = (settle: () => void) => {
      this.#wire.scheduler.after(this.#wire.latency(), () => {
        this.#process.enter(() => {
          if (!this.#closed) settle()
        })
      })
    }
    this.#inner.next().then(
      (entries) => {
        arrive(() => {
          if (this.#wire.strikes(this.#wire.faults.brokenTail)) {
            this.#wire.history.add(this.#process.name, `tail of ${this.#id} broke`)
            reject(away('generations'))
            return
          }
          const last = entries?.at(-1)
          this.#wire.history.add(this.#process.name, `pulled ${this.#id} ${text(last ?? null)}`)
          resolve(entries)
        })
      },
      (error: unknown) => {
        arrive(() => {
          reject(error as Error)
        })
      },
    )
    return promise
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    this.#death.cancel()
    this.#inner[Symbol.dispose]()
    this.#waiting?.(null)
  }
}

function text(cursor: Cursor | null): string {
  return cursor === null ? 'the start' : `${String(cursor.epoch)}-${String(cursor.seq)}`
}
