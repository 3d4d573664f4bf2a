import { timeOf } from '@sluice/contracts/http/shapes'
import type { CollectionRow } from '@sluice/store/collection'
import type { Collection } from '@sluice/store/collection'
import {
  type BudgetView,
  createBudget,
  createPolicy,
  deleteBudget,
  deletePolicy,
  listBudgets,
  listPolicies,
  type PolicyView,
  readBudget,
  readPolicy,
  updateBudget,
  updatePolicy,
} from '@sluice/contracts/http/routes/policies'
import type { LimitScope } from '@sluice/contracts/limits'
import { type Handled, handle } from '@sluice/management'
import type { Budget, Policy } from '@sluice/store/tenancy'
import { mintKey } from '../keys/mint-key.ts'
import { added, found, listOf, type ManageContext } from './context.ts'
import { defined } from './groups.ts'
import { toNanoUsd, toUsd } from './values.ts'

/** Every call is checked against all of them that are for its caller. */
const maxRules = 200

export function policyHandlers(context: ManageContext): readonly Handled[] {
  const { store, clock } = context
  const policies = new Rules(context, store.policies, 'policy', viewOfPolicy)
  const budgets = new Rules(context, store.budgets, 'budget', viewOfBudget)
  return [
    handle(createPolicy, async ({ principal: { caller }, body }) => {
      await requireTarget(context, caller.tenantId, body)
      return policies.add({
        ...body,
        tenantId: caller.tenantId,
        id: `pol_${mintKey().id}`,
        target: body.target ?? null,
        models: body.models ?? null,
        window: body.window ?? null,
        createdAt: clock.now(),
      })
    }),
    handle(listPolicies, ({ principal: { caller }, query }) =>
      policies.list(caller.tenantId, query),
    ),
    handle(readPolicy, ({ principal: { caller }, params }) =>
      policies.read(caller.tenantId, params.id),
    ),
    handle(updatePolicy, ({ principal: { caller }, params, body }) =>
      policies.change(caller.tenantId, params.id, defined(body)),
    ),
    handle(deletePolicy, ({ principal: { caller }, params }) =>
      policies.remove(caller.tenantId, params.id),
    ),
    handle(createBudget, async ({ principal: { caller }, body: { usd, ...body } }) => {
      await requireTarget(context, caller.tenantId, body)
      return budgets.add({
        ...body,
        tenantId: caller.tenantId,
        id: `bud_${mintKey().id}`,
        target: body.target ?? null,
        models: body.models ?? null,
        maxNanoUsd: toNanoUsd(usd),
        createdAt: clock.now(),
      })
    }),
    handle(listBudgets, ({ principal: { caller }, query }) => budgets.list(caller.tenantId, query)),
    handle(readBudget, ({ principal: { caller }, params }) =>
      budgets.read(caller.tenantId, params.id),
    ),
    handle(updateBudget, ({ principal: { caller }, params, body: { usd, ...body } }) =>
      budgets.change(caller.tenantId, params.id, {
        ...defined(body),
        ...(usd === undefined ? {} : { maxNanoUsd: toNanoUsd(usd) }),
      }),
    ),
    handle(deleteBudget, ({ principal: { caller }, params }) =>
      budgets.remove(caller.tenantId, params.id),
    ),
  ]
}

/** A rule for what is not there would count nothing, and nobody would notice. Models come and go with their providers: those are not looked up. */
async function requireTarget(
  { store, accounts }: ManageContext,
  tenantId: string,
  {
    scope,
    target = null,
  }: { readonly scope: LimitScope; readonly target?: string | null | undefined },
): Promise<void> {
  if (target === null) return
  if (scope === 'tenant') found(target === tenantId || null, 'tenant', 'target')
  if (scope === 'project') found(await store.projects.find(tenantId, target), 'project', 'target')
  if (scope === 'key') found(await store.findKeyById(tenantId, target), 'token', 'target')
  if (scope === 'user' && accounts) found(await accounts.find(tenantId, target), 'user', 'target')
}

/** Rules of a tenant of one kind: what is the same for policies and budgets. */
class Rules<Row extends CollectionRow, View extends { readonly id: string }> {
  readonly #context: ManageContext
  readonly #rows: Collection<Row>
  readonly #what: string
  readonly #view: (row: Row) => View

  constructor(
    context: ManageContext,
    rows: Collection<Row>,
    what: string,
    view: (row: Row) => View,
  ) {
    this.#context = context
    this.#rows = rows
    this.#what = what
    this.#view = view
  }

  async add(row: Row) {
    const change = added(await this.#rows.add(row, maxRules), this.#what)
    this.#context.onChanged(change, row.tenantId)
    const after = this.#view(row)
    return { body: after, audit: { target: `${this.#what}:${row.id}`, after } }
  }

  async list(
    tenantId: string,
    query: { readonly limit: number; readonly after?: string | undefined },
  ) {
    return { body: await listOf(query, (page) => this.#rows.list(tenantId, page), this.#view) }
  }

  async read(tenantId: string, id: string) {
    return { body: this.#view(await this.#find(tenantId, id)) }
  }

  async change(tenantId: string, id: string, changes: Partial<Omit<Row, keyof CollectionRow>>) {
    const { clock, onChanged } = this.#context
    const before = this.#view(await this.#find(tenantId, id))
    const change = await this.#rows.change(tenantId, id, changes, clock.now())
    if (change) onChanged(change, tenantId)
    const after = this.#view(await this.#find(tenantId, id))
    return { body: after, audit: { target: `${this.#what}:${id}`, before, after } }
  }

  async remove(tenantId: string, id: string) {
    const { clock, onChanged } = this.#context
    const before = this.#view(await this.#find(tenantId, id))
    const change = await this.#rows.remove(tenantId, id, clock.now())
    if (change) onChanged(change, tenantId)
    return { body: null, audit: { target: `${this.#what}:${id}`, before } }
  }

  async #find(tenantId: string, id: string): Promise<Row> {
    return found(await this.#rows.find(tenantId, id), this.#what)
  }
}

function viewOfPolicy(policy: Policy): PolicyView {
  const { id, name, scope, target, metric, window, max, models, createdAt } = policy
  const common = { id, name, scope, target, metric, window, max }
  return { ...common, models: models && [...models], created_at: timeOf(createdAt) }
}

function viewOfBudget(budget: Budget): BudgetView {
  const { id, name, scope, target, window, maxNanoUsd, models, thresholds, createdAt } = budget
  return {
    id,
    name,
    scope,
    target,
    window,
    usd: maxNanoUsd === null ? null : toUsd(maxNanoUsd),
    models: models && [...models],
    thresholds: [...thresholds],
    created_at: timeOf(createdAt),
  }
}
