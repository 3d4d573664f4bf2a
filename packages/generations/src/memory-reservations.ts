import type { TenantId } from '@sluice/contracts/ids'
import type { Reservations } from './generations.ts'

/** What is held for the running calls of each tenant; nothing is kept of a tenant that is idle. */
export class MemoryReservations {
  readonly #held = new Map<TenantId, { calls: number; amountNanoUsd: number }>()

  add(tenantId: TenantId, amountNanoUsd: number): void {
    const held = this.#held.get(tenantId)
    if (held === undefined) this.#held.set(tenantId, { calls: 1, amountNanoUsd })
    else {
      held.calls += 1
      held.amountNanoUsd += amountNanoUsd
    }
  }

  release(tenantId: TenantId, amountNanoUsd: number): void {
    const held = this.#held.get(tenantId)
    if (held === undefined) return
    held.calls -= 1
    held.amountNanoUsd -= amountNanoUsd
    if (held.calls === 0) this.#held.delete(tenantId)
  }

  of(tenantId: TenantId): Reservations {
    const { calls, amountNanoUsd } = this.#held.get(tenantId) ?? { calls: 0, amountNanoUsd: 0 }
    return { calls, amountNanoUsd }
  }
}
