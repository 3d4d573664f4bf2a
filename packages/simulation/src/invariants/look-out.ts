import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import type { Witness } from '../core/witness.ts'
import { tenants } from '../world/catalogue.ts'
import { budgetCounter, concurrencyCounter, type SimLimits } from '../world/limits.ts'

export interface EndedLog {
  readonly summary: GenerationSummary
  readonly entries: readonly LogEntry[]
}

/**
 * Looks at the generations while the run goes on. I15: what is held in each counter of a tenant is what its running calls
 * took from it, and they are not more than its limit of calls at once. And it keeps each log as it ended, for when it is not hot any more.
 */
export class LookOut {
  readonly ended = new Map<RequestId, EndedLog>()
  readonly problems: string[] = []
  readonly #generations: Generations
  readonly #witness: Witness
  readonly #limits: SimLimits

  constructor(generations: Generations, witness: Witness, limits: SimLimits) {
    this.#limits = limits
    this.#generations = generations
    this.#witness = witness
  }

  /** Nothing else happens meanwhile: the memory adapter answers within the same moment. */
  async look(): Promise<void> {
    const held = new Map(
      tenants.map(({ name }) => [
        name,
        new Map([
          [concurrencyCounter, 0],
          [budgetCounter, 0],
        ]),
      ]),
    )
    for (const [id, { admission }] of this.#witness.accepted) {
      if (this.ended.has(id)) continue
      const summary = await this.#generations.describe(id)
      if (summary === null) continue
      if (summary.finishedAt === null) {
        const counters = held.get(admission.request.caller.tenantId)
        for (const { counter, amount } of admission.charges)
          counters?.set(counter, (counters.get(counter) ?? 0) + amount)
      } else {
        const read = await this.#generations.read(id, null, Number.MAX_SAFE_INTEGER)
        if (read.ok) this.ended.set(id, { summary, entries: read.entries })
      }
    }
    for (const [name, counters] of held)
      if (this.problems.length === 0) await this.#compare(name, counters)
  }

  async #compare(tenant: string, counters: ReadonlyMap<string, number>): Promise<void> {
    const names = [...counters.keys()]
    const counts = await this.#generations.readCounts(tenant as TenantId, names)
    for (const [index, counter] of names.entries()) {
      const reserved = counts[index]?.reserved ?? 0
      const expected = counters.get(counter) ?? 0
      if (reserved !== expected)
        this.problems.push(
          `I15: ${String(reserved)} are held in ${counter} of ${tenant}, what runs took ${String(expected)}`,
        )
    }
    const running = counters.get(concurrencyCounter) ?? 0
    if (running > this.#limits.concurrency)
      this.problems.push(
        `I15: ${String(running)} calls of ${tenant} run at once, its limit is ${String(this.#limits.concurrency)}`,
      )
  }
}
