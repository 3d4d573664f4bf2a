import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { TenantId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import { firstTarget } from './first-target.ts'
import type { GenerationsTiming, QueueDepths, TakeOptions, Taking } from './generations.ts'
import type { MemoryGeneration } from './memory-generation.ts'
import { MemoryIntake } from './memory-intake.ts'
import { noRoom, Pace } from './pace.ts'

type Handler = (generation: MemoryGeneration) => Promise<void>

/** What waits to be routed and to be carried out: how much of it there is, whose turn it is, whether there is room for more. */
export class MemoryWork {
  readonly #clock: Clock
  readonly #timing: GenerationsTiming
  readonly #onError: (error: unknown) => void
  readonly #requests: MemoryIntake<MemoryGeneration>
  readonly #dispatches = new Map<string, MemoryIntake<MemoryGeneration>>()
  readonly #pace = new Pace()
  #accepted = 0
  #routed = 0

  constructor(clock: Clock, timing: GenerationsTiming, onError: (error: unknown) => void) {
    this.#clock = clock
    this.#timing = timing
    this.#onError = onError
    this.#requests = new MemoryIntake(onError)
  }

  /** Why there is no room for one more: at all, or of this tenant. */
  refusal(tenant: TenantId, now: number): GenerationError | null {
    const waiting = this.#accepted + this.#routed
    if (waiting >= this.#timing.maxWaiting)
      return noRoom('server_is_overloaded', waiting, this.#pace.perSecond(now))
    if (waiting >= this.#timing.sharedQueue && this.#hasLongLine(tenant))
      return noRoom('tenant_queue_full', waiting, this.#pace.perSecond(now))
    return null
  }

  /** A new one. */
  add(generation: MemoryGeneration): void {
    this.#accepted += 1
    this.#pushAccepted(generation)
  }

  /** To be routed by somebody else: who had it has let it lie. */
  routeAgain(generation: MemoryGeneration): void {
    generation.deliveredAt = null
    this.#pushAccepted(generation)
  }

  enqueueRouted(generation: MemoryGeneration): void {
    this.enter(generation, 'routed')
    const { request, plan, weight } = generation
    const { pool } = firstTarget(plan)
    this.#intakeOf(pool).push(generation, request.caller.tenantId, weight)
  }

  /** Keeps the counts of what waits in step with the states. */
  enter(generation: MemoryGeneration, state: MemoryGeneration['state']): void {
    if (generation.state === 'accepted') this.#accepted -= 1
    else if (generation.state === 'routed') this.#routed -= 1
    if (state === 'routed') this.#routed += 1
    else if (state === 'running') this.#pace.note(this.#clock.now())
    generation.state = state
    generation.deliveredAt = null
  }

  takeRequests(handler: Handler, options: TakeOptions): Taking {
    return this.#requests.take(this.#delivering('accepted', handler), options)
  }

  takeDispatches(pool: string, handler: Handler, options: TakeOptions): Taking {
    return this.#intakeOf(pool).take(this.#delivering('routed', handler), options)
  }

  /** `live`: all that have not ended. */
  depths(live: Iterable<MemoryGeneration>): Omit<QueueDepths, 'usage'> {
    const dispatches: Record<string, number> = {}
    for (const pool of this.#dispatches.keys()) dispatches[pool] = 0
    let running = 0
    for (const { state, plan } of live) {
      if (state === 'running') running += 1
      if (state !== 'routed') continue
      const { pool } = firstTarget(plan)
      dispatches[pool] = (dispatches[pool] ?? 0) + 1
    }
    return { requests: this.#accepted, dispatches, running }
  }

  /** Whatever has moved on since it was put in line is left out. */
  #delivering(state: 'accepted' | 'routed', handler: Handler): Handler {
    return async (generation) => {
      if (generation.state !== state) return
      generation.deliveredAt = this.#clock.now()
      await handler(generation)
    }
  }

  #pushAccepted(generation: MemoryGeneration): void {
    this.#requests.push(generation, generation.request.caller.tenantId, generation.weight)
  }

  #intakeOf(pool: string): MemoryIntake<MemoryGeneration> {
    let intake = this.#dispatches.get(pool)
    if (intake === undefined) {
      intake = new MemoryIntake(this.#onError, this.#timing.sharedQueue)
      this.#dispatches.set(pool, intake)
    }
    return intake
  }

  /** Half of the room is shared out among the tenants that have lines; the other half is for those that come. */
  #hasLongLine(tenant: TenantId): boolean {
    let waiting = 0
    let tenants = 0
    for (const intake of this.#dispatches.values()) {
      const line = intake.lineOf(tenant)
      waiting += line.waiting
      tenants = Math.max(tenants, line.tenants)
    }
    return waiting > 0 && waiting >= this.#timing.maxWaiting / (2 * tenants)
  }
}
