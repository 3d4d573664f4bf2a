import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import type { Witness } from '../core/witness.ts'
import { tenants } from '../world/catalogue.ts'
import { concurrencyCounter } from '../world/limits.ts'

export interface EndedLog {
  readonly summary: GenerationSummary
  readonly entries: readonly LogEntry[]
}

/**
 * Looks at the generations while the run goes on. I15: what is held of a tenant's calls at once is those
 * that run, and they are not more than its limit. And it keeps each
 * log as it ended, for when it is not hot any more.
 */
export class LookOut {
  readonly ended = new Map<RequestId, EndedLog>()
  readonly problems: string[] = []
  readonly #generations: Generations
  readonly #witness: Witness
  readonly #concurrency: number

  constructor(generations: Generations, witness: Witness, concurrency: number) {
    this.#concurrency = concurrency
    this.#generations = generations
    this.#witness = witness
  }

  /** Nothing else happens meanwhile: the memory adapter answers within the same moment. */
  async look(): Promise<void> {
    const running = new Map<string, number>()
    for (const [id, { admission }] of this.#witness.accepted) {
      if (this.ended.has(id)) continue
      const summary = await this.#generations.describe(id)
      const { tenantId } = admission.request.caller
      if (summary === null) continue
      if (summary.finishedAt === null) running.set(tenantId, (running.get(tenantId) ?? 0) + 1)
      else {
        const read = await this.#generations.read(id, null, Number.MAX_SAFE_INTEGER)
        if (read.ok) this.ended.set(id, { summary, entries: read.entries })
      }
    }
    for (const { name } of tenants) {
      const [count] = await this.#generations.readCounts(name as TenantId, [concurrencyCounter])
      const calls = count?.reserved ?? 0
      const expected = running.get(name) ?? 0
      if (calls !== expected && this.problems.length === 0)
        this.problems.push(
          `I15: ${String(calls)} calls of ${name} are held while ${String(expected)} run`,
        )
      if (expected > this.#concurrency && this.problems.length === 0)
        this.problems.push(
          `I15: ${String(expected)} calls of ${name} run at once, its limit is ${String(this.#concurrency)}`,
        )
    }
  }
}
