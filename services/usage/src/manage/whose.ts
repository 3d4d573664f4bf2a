import type { BudgetSubject } from '@sluice/contracts/rpc/auth'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { BillFilter } from '@sluice/store/usage-reports'

/** What a caller may narrow a report to. */
export interface Wanted {
  readonly model?: string | undefined
  readonly project?: string | undefined
  readonly user?: string | undefined
  readonly key?: string | undefined
  readonly channel?: string | undefined
  readonly provider?: string | undefined
}

/**
 * The bills of a tenant that this principal sees and wants: everybody's for who administers or looks after it, a project's for its administrator, their
 * own for everybody else. Null when what is wanted lies outside: there is nothing to see, whether it exists or not.
 */
export function visibleBills({ caller, access }: Principal, wanted: Wanted): BillFilter | null {
  const filter: BillFilter = {
    tenantId: caller.tenantId,
    projectId: wanted.project,
    keyId: wanted.key,
    userId: wanted.user,
    model: wanted.model,
    channel: wanted.channel,
    provider: wanted.provider,
  }
  switch (access.role) {
    case 'owner':
    case 'admin':
    case 'viewer':
      return filter
    case 'project_admin':
      return narrowed(filter, 'projectId', caller.projectId)
    case 'user':
      return caller.userId === null
        ? narrowed(filter, 'keyId', caller.keyId)
        : narrowed(filter, 'userId', caller.userId)
    case 'operator':
      return null
  }
}

/** Whether it sees the budgets of that key, project or user: the same as of bills. */
export function seesBudgetsOf({ caller, access }: Principal, subject: BudgetSubject): boolean {
  switch (access.role) {
    case 'owner':
    case 'admin':
    case 'viewer':
      return true
    case 'project_admin':
      return subject.projectId === caller.projectId
    case 'user':
      return caller.userId === null
        ? subject.keyId === caller.keyId
        : subject.userId === caller.userId
    case 'operator':
      return false
  }
}

function narrowed(
  filter: BillFilter,
  member: 'projectId' | 'keyId' | 'userId',
  own: string,
): BillFilter | null {
  const wanted = filter[member]
  return wanted === undefined || wanted === own ? { ...filter, [member]: own } : null
}
