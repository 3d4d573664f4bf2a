import type { TenantId } from '@sluice/contracts/ids'
import type { Admission, Admitted, Charge, Generations } from '@sluice/generations'
import type { MemoryUsageStore } from '@sluice/store/memory-usage-store'
import type { Random } from '../core/random.ts'

/** What every tenant of a run is held to. */
export interface SimLimits {
  /** Calls at once. */
  readonly concurrency: number
  /** Calls in a window of so many ms. */
  readonly requests: number
  readonly windowMs: number
  readonly budgetNanoUsd: number
  /** What a call reserves. */
  readonly estimateNanoUsd: number
}

export const plenty: SimLimits = {
  concurrency: 1_000,
  requests: 1_000,
  windowMs: 5_000,
  budgetNanoUsd: 1_000_000_000,
  estimateNanoUsd: 20_000,
}

/** In calm runs everybody is to get an answer. */
export function drawLimits(random: Random, calm: boolean): SimLimits {
  if (calm) return plenty
  const some = (tight: number) => (random.chance(0.5) ? 1_000 : tight)
  return {
    ...plenty,
    concurrency: some(random.int(1, 3)),
    requests: some(random.int(1, 4)),
    windowMs: random.pick([1_000, 5_000]),
    budgetNanoUsd: random.chance(0.7) ? plenty.budgetNanoUsd : random.int(20_000, 100_000),
  }
}

export const budgetCounter = 'budget:total'
export const concurrencyCounter = 'concurrency'

export function chargesOf(limits: SimLimits, now: number): readonly Charge[] {
  const startsAt = Math.floor(now / limits.windowMs) * limits.windowMs
  return [
    {
      counter: concurrencyCounter,
      metric: 'concurrency',
      max: limits.concurrency,
      amount: 1,
      endsAt: null,
      durable: false,
    },
    {
      counter: `requests:${String(startsAt)}`,
      metric: 'requests',
      max: limits.requests,
      amount: 1,
      endsAt: startsAt + limits.windowMs,
      durable: false,
    },
    {
      counter: budgetCounter,
      metric: 'cost',
      max: limits.budgetNanoUsd,
      amount: limits.estimateNanoUsd,
      endsAt: null,
      durable: true,
    },
  ]
}

/** Admits as the edge does: what the ledger has to tell is asked of it, and then it is tried once more. */
export async function admitWithin(
  generations: Generations,
  admission: Admission,
  ledger: MemoryUsageStore['ledger'],
): Promise<Admitted> {
  const admitted = await generations.admit(admission)
  if (admitted.ok || admitted.unseeded === undefined) return admitted
  const { tenantId } = admission.request.caller
  const used = spentBy(tenantId, ledger)
  const seeds = admitted.unseeded.map((counter) => ({ counter, used, endsAt: null }))
  await generations.seedCounts(tenantId, seeds)
  return generations.admit(admission)
}

export function spentBy(tenantId: TenantId, ledger: MemoryUsageStore['ledger']): number {
  let spent = 0
  for (const row of ledger.values()) if (row.tenant_id === tenantId) spent += row.amount_nano_usd
  return spent
}
