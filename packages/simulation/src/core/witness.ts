import type { Terminal } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { Admission } from '@sluice/generations'
import type { RenewableGenerations } from '@sluice/generations/memory'
import type { Scheduler } from './scheduler.ts'
import type { Turns } from './turns.ts'

export interface Accepted {
  readonly admission: Admission
  /** Virtual ms. */
  readonly at: number
}

/**
 * Stands right before the shared generations and writes down which steps were accepted, in their true order. What the checks know of the log
 * besides the log itself.
 */
export class Witness {
  readonly accepted = new Map<RequestId, Accepted>()
  readonly refused = new Set<RequestId>()
  /** Calls that were told to look at another generation. */
  readonly attached = new Map<RequestId, RequestId>()
  readonly terminals: {
    readonly id: RequestId
    readonly at: number
    readonly terminal: Terminal
  }[] = []
  /** Generations whose whole answer, as the ingress says, reached a client. */
  readonly delivered = new Set<RequestId>()
  readonly problems: string[] = []
  readonly turns: Turns
  readonly #newestEpoch = new Map<RequestId, number>()

  constructor(turns: Turns) {
    this.turns = turns
  }

  watch(inner: RenewableGenerations, scheduler: Scheduler): RenewableGenerations {
    const written = (id: RequestId, epoch: number) => {
      const newest = this.#newestEpoch.get(id) ?? 0
      if (epoch < newest)
        this.problems.push(
          `I7: ${id} took a write of epoch ${String(epoch)} after epoch ${String(newest)}`,
        )
      this.#newestEpoch.set(id, Math.max(newest, epoch))
    }
    const claimed = (id: RequestId, epoch: number) => {
      const newest = this.#newestEpoch.get(id) ?? 0
      if (epoch <= newest)
        this.problems.push(
          `I7: ${id} was claimed under epoch ${String(epoch)} after epoch ${String(newest)}`,
        )
      this.#newestEpoch.set(id, Math.max(newest, epoch))
    }
    const ended = (id: RequestId, terminal: Terminal) => {
      this.turns.ended(id)
      this.terminals.push({ id, at: scheduler.now, terminal })
    }
    return overlay(inner, {
      admit: async (admission) => {
        const { id } = admission.request
        const admitted = await inner.admit(admission)
        // A counter that has to be seeded first is no refusal: it is admitted again.
        if (!admitted.ok && admitted.unseeded !== undefined) return admitted
        if (!admitted.ok) this.refused.add(id)
        else if (admitted.attached) this.attached.set(id, admitted.id)
        else if (!this.accepted.has(id)) {
          this.accepted.set(id, { admission, at: scheduler.now })
          await this.#judgeCounters(admission, inner)
        }
        return admitted
      },
      delivered: async (id) => {
        this.delivered.add(id)
        await inner.delivered(id)
      },
      route: async (id, plan) => {
        const accepted = this.accepted.get(id)
        const [target] = plan.targets
        if (accepted === undefined || target === undefined) return inner.route(id, plan)
        const { request, weight = 1 } = accepted.admission
        // Before the step: a free worker takes it before anybody here hears how the step went.
        const caller = { id, tenant: request.caller.tenantId, weight }
        const takeBack = this.turns.queued(target.pool, caller)
        const outcome = await inner.route(id, plan)
        if (!outcome.ok) takeBack()
        return outcome
      },
      takeDispatches: (pool, handler, options) =>
        inner.takeDispatches(
          pool,
          (id) => {
            this.turns.taken(pool, id)
            return handler(id)
          },
          options,
        ),
      claim: async (id, onRevoked) => {
        const outcome = await inner.claim(id, onRevoked)
        if (outcome.ok) claimed(id, outcome.claim.epoch)
        return outcome
      },
      append: async (claim, entries) => {
        const outcome = await inner.append(claim, entries)
        if (outcome.ok) written(claim.id, claim.epoch)
        return outcome
      },
      finish: async (claim, last, end) => {
        const outcome = await inner.finish(claim, last, end)
        if (outcome.ok) {
          written(claim.id, claim.epoch)
          ended(claim.id, end.terminal)
        }
        return outcome
      },
      reject: async (id, end) => {
        const outcome = await inner.reject(id, end)
        if (outcome.ok) ended(id, end.terminal)
        return outcome
      },
    })
  }

  /** I15: what lets a call in does not take a counter beyond its limit, whatever the adapter says of it. */
  async #judgeCounters(
    { request, charges }: Admission,
    generations: RenewableGenerations,
  ): Promise<void> {
    const { tenantId } = request.caller
    const counts = await generations.readCounts(
      tenantId,
      charges.map(({ counter }) => counter),
    )
    for (const [index, { counter, max }] of charges.entries()) {
      const { used, reserved } = counts[index] ?? { used: 0, reserved: 0 }
      if (used + reserved > max)
        this.problems.push(
          `I15: ${request.id} was let in with ${String(used + reserved)} in ${counter} of ${tenantId}, its limit is ${String(max)}`,
        )
    }
  }
}

function overlay(
  inner: RenewableGenerations,
  parts: Partial<RenewableGenerations>,
): RenewableGenerations {
  return new Proxy(inner, {
    get(target, name) {
      const own = parts[name as keyof RenewableGenerations]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
