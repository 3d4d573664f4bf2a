import type { RequestId, TenantId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import type { Witness } from '../core/witness.ts'
import { tenants } from '../world/catalogue.ts'

/** I12, while the run goes on: what is reserved for a tenant is what its running calls reserved. */
export class ReservationWatch {
  readonly problems: string[] = []
  readonly #generations: Generations
  readonly #witness: Witness
  readonly #ended = new Set<RequestId>()

  constructor(generations: Generations, witness: Witness) {
    this.#generations = generations
    this.#witness = witness
  }

  /** Nothing else happens meanwhile: the memory adapter answers within the same moment. */
  async look(): Promise<void> {
    const running = new Map<string, number>()
    for (const [id, { admission }] of this.#witness.accepted) {
      if (this.#ended.has(id)) continue
      const summary = await this.#generations.describe(id)
      const { tenantId } = admission.request.caller
      if (summary?.finishedAt === null) running.set(tenantId, (running.get(tenantId) ?? 0) + 1)
      else this.#ended.add(id)
    }
    for (const { name } of tenants) {
      const { calls } = await this.#generations.reservations(name as TenantId)
      const expected = running.get(name) ?? 0
      if (calls !== expected && this.problems.length === 0)
        this.problems.push(
          `I12: ${String(calls)} calls of ${name} are reserved while ${String(expected)} run`,
        )
    }
  }
}
