import type { TenantId } from '@sluice/contracts/ids'
import { tenants } from '../world/catalogue.ts'
import { budgetCounter, spentBy } from '../world/limits.ts'
import type { Check } from './evidence.ts'

/**
 * I15: no window let more in than its limit; at rest nothing is reserved, what was counted is what was admitted, and what was spent is what the
 * ledger says.
 */
export const checkLimits: Check = function* ({ stories, counts, settings, world }) {
  const admitted = new Map<string, number>()
  for (const { accepted, tenant } of stories.values())
    for (const { counter, metric } of accepted.admission.charges)
      if (metric === 'requests') {
        const name = `${tenant} ${counter}`
        admitted.set(name, (admitted.get(name) ?? 0) + 1)
      }
  for (const [name, calls] of admitted) {
    if (calls > settings.limits.requests)
      yield `I15: ${name} let ${String(calls)} calls in, its limit is ${String(settings.limits.requests)}`
    const count = counts.get(name)
    if (count && count.used !== calls)
      yield `I15: ${name} counts ${String(count.used)} calls, ${String(calls)} were admitted`
  }
  for (const [name, { reserved }] of counts)
    if (reserved !== 0) yield `I15: ${String(reserved)} stay reserved in ${name}`
  for (const { name } of tenants) {
    const spent = spentBy(name as TenantId, world.usageStore.ledger)
    const used = counts.get(`${name} ${budgetCounter}`)?.used ?? 0
    if (used !== spent)
      yield `I15: the budget of ${name} counts ${String(used)} nano-USD, its ledger has ${String(spent)}`
  }
}
