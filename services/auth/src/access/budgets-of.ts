import type { Limit } from '@sluice/contracts/limits'
import type { BudgetSubject } from '@sluice/contracts/rpc/auth'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import { limitOfBudget, limitsOfKey } from './limits.ts'

interface Context {
  readonly store: AuthStore
  /** Null: nobody has an account, so a user is whoever a rule or a key names. */
  readonly accounts: Pick<AccountStore, 'find'> | null
}

type Of = { readonly project: string } | { readonly key: string } | { readonly user: string }

interface Budgets {
  readonly subject: BudgetSubject
  readonly limits: Limit[]
}

/** The budgets that calls of one key, project or user count against, by the ids that admission counts them by. Null: the tenant has none of it. */
export async function budgetsOf(
  { store, accounts }: Context,
  tenantId: BudgetSubject['tenantId'],
  of: Of,
): Promise<Budgets | null> {
  if ('key' in of) return budgetsOfKey(store, tenantId, of.key)
  const nobody = { tenantId, projectId: null, keyId: null, userId: null }
  if ('project' in of) {
    const project = await store.projects.find(tenantId, of.project)
    const projectId = of.project as NonNullable<BudgetSubject['projectId']>
    return project && budgetsOfRules(store, { ...nobody, projectId })
  }
  if (accounts && !(await accounts.find(tenantId, of.user))) return null
  return budgetsOfRules(store, {
    ...nobody,
    userId: of.user as NonNullable<BudgetSubject['userId']>,
  })
}

async function budgetsOfKey(
  store: AuthStore,
  tenantId: string,
  id: string,
): Promise<Budgets | null> {
  const key = await store.findKeyById(tenantId, id)
  const standing = key && (await store.standing(key.caller, id))
  if (!standing) return null
  const { caller, policy } = key
  const { makers, families } = standing
  const own = [{ keyId: id, keyName: caller.keyName, ...policy.limits }, ...makers]
  const ofKeys = own.flatMap((each) => limitsOfKey(each, families[each.keyId]))
  const ofRules = standing.budgets.flatMap((each) => limitOfBudget(each, caller) ?? [])
  const limits = [...ofKeys.filter(({ metric }) => metric === 'cost'), ...ofRules]
  const { projectId, keyId, userId } = caller
  return { subject: { tenantId: caller.tenantId, projectId, keyId, userId }, limits }
}

async function budgetsOfRules(store: AuthStore, subject: BudgetSubject): Promise<Budgets> {
  const budgets = await store.budgets.list(subject.tenantId, { limit: maxBudgets, after: null })
  return { subject, limits: budgets.flatMap((each) => limitOfBudget(each, subject) ?? []) }
}

/** More than a tenant may have. */
const maxBudgets = 1_000
