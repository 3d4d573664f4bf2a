import type { Access } from '@sluice/contracts/access'
import type { Caller } from '@sluice/contracts/caller'
import type { ListedModel } from '@sluice/contracts/rpc/router'
import type { Admission, Admitted } from '@sluice/generations'
import type { IngressContext } from '../context.ts'
import type { Call } from './call.ts'
import { type Charges, chargesOf, compiledLimits, noCharges } from './charges.ts'
import { tightest } from './limit-headers.ts'
import { limitRefusal } from './limit-refusal.ts'
import { requireBudget } from './request-budget.ts'

/** What a call is held to, beside the room that the back end has. */
export interface Bounds {
  readonly caller: Caller
  readonly access: Access
  /** Of this one call, nano-USD; null = none is said. */
  readonly budgetNanoUsd: number | null
}

type Uncharged = Omit<Admission, 'charges' | 'weight'>

/**
 * Admits a call within its limits, or says which keeps it out; sets `call.quota`, which the answer's headers tell. A key without limits costs nothing
 * here. Whatever cannot be read when it is needed (prices, what a lost count had) throws: nothing passes unchecked.
 */
export async function admitWithin(
  admission: Uncharged,
  bounds: Bounds,
  call: Call,
  context: IngressContext,
): Promise<Admitted> {
  const { generations } = context
  const { weight } = bounds.access
  if (bounds.access.limits.length === 0 && bounds.budgetNanoUsd === null)
    return generations.admit({ ...admission, charges: noCharges.charges, weight })
  const { request } = admission
  const charged = await chargesFor(request, bounds, context)
  const { charges, counted } = charged
  const charging = { ...admission, request: requestWithBudgets(request, counted), charges, weight }
  let admitted = await generations.admit(charging)
  if (!admitted.ok && admitted.unseeded !== undefined) {
    const { unseeded } = admitted
    const isSeeded = await context.counts.seed(bounds.caller, charged, unseeded, request.acceptedAt)
    if (isSeeded) admitted = await generations.admit(charging)
  }
  const now = context.clock.now()
  if (admitted.ok) {
    if (admitted.levels !== undefined) call.quota = tightest(charged.counted, admitted.levels)
    context.counts.refresh(bounds.caller, charged, request.acceptedAt)
    return admitted
  }
  const refusal = admitted.excess && limitRefusal(charged, admitted.excess, now)
  if (!refusal) return admitted
  call.quota = refusal.quota
  return { ok: false, error: refusal.error }
}

/** The bill names the budgets that it counts against: whoever keeps the ledger tells of their thresholds. */
export function requestWithBudgets(
  request: Admission['request'],
  counted: Charges['counted'],
): Admission['request'] {
  const budgets = counted.flatMap(({ limit }) => (limit.metric === 'cost' ? [limit] : []))
  return budgets.length === 0 ? request : { ...request, budgets }
}

async function chargesFor(
  facts: Admission['request'],
  { caller, access, budgetNanoUsd }: Bounds,
  context: IngressContext,
): Promise<Charges> {
  const limits = compiledLimits(access)
  const needModel = limits.needModel || budgetNanoUsd !== null
  const listed = needModel ? await listedModel(facts.model, caller, context) : undefined
  if (budgetNanoUsd !== null) requireBudget(budgetNanoUsd, facts, listed)
  return chargesOf(limits, facts, listed, facts.acceptedAt)
}

const byName = new WeakMap<readonly ListedModel[], Map<string, ListedModel>>()

async function listedModel(
  name: string,
  { tenantId }: Caller,
  { models }: IngressContext,
): Promise<ListedModel | undefined> {
  const list = await models.read(tenantId)
  let names = byName.get(list)
  if (names === undefined)
    byName.set(list, (names = new Map(list.map((model) => [model.id, model]))))
  return names.get(name)
}
