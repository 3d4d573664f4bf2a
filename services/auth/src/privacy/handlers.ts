import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import {
  eraseUser,
  type ErasureView,
  exportUser,
  readErasure,
} from '@sluice/contracts/http/routes/privacy'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { handle, type Handled } from '@sluice/management'
import type { Account, AccountStore } from '@sluice/store/account-store'
import type { Erasure } from '@sluice/store/erasure-store'
import { isSession } from '../access/signed-in.ts'
import { accountErrors } from '../accounts/errors.ts'
import { hasOwner } from '../accounts/has-owner.ts'
import { newId } from '../accounts/secrets.ts'
import { accountView } from '../accounts/signed-in.ts'
import { found } from '../manage/context.ts'
import { tokenView } from '../manage/token-view.ts'
import { type EraserContext, erasureQueue } from './eraser.ts'
import { pageOfExport, placeOf } from './export-page.ts'
import { keysOf, personOf } from './person.ts'

/** What a person who is signed in may ask for themselves, and an owner or admin for anybody of the tenant. */
export function privacyHandlers(context: EraserContext): readonly Handled[] {
  const { store, accounts, erasures, queue, clock } = context

  const accountOf = async (principal: Principal, userId: string): Promise<Account | null> => {
    const { caller, access } = principal
    if (access.role !== 'owner' && access.role !== 'admin') {
      if (caller.userId !== userId) throw new GatewayError(accountErrors.user_not_found)
      if (!isSession(caller)) throw new GatewayError(accountErrors.not_a_user)
    }
    return (await accounts?.find(caller.tenantId, userId)) ?? null
  }

  const tenantOf = async (id: string) => found(await store.tenants.find(id, id), 'tenant')

  return [
    handle(exportUser, async ({ principal, params, query }) => {
      const account = await accountOf(principal, params.id)
      if (!account) throw new GatewayError(accountErrors.user_not_found)
      const { tenantId } = account
      const keys = await keysOf(store, tenantId, params.id)
      const person = personOf(tenantId, params.id, keys)
      const isFirst = query.after === undefined
      const body = {
        account: isFirst ? accountView(account, await tenantOf(tenantId)) : null,
        keys: isFirst ? keys.map(tokenView) : [],
        ...(await pageOfExport(queue, person, placeOf(query.after))),
      }
      return { body }
    }),

    handle(eraseUser, async ({ principal, params }) => {
      const { tenantId } = principal.caller
      const account = await accountOf(principal, params.id)
      const known = await erasures.find(tenantId, params.id)
      if (!account && !known) throw new GatewayError(accountErrors.user_not_found)
      const isAbove = account?.role === 'owner' && principal.access.role !== 'owner'
      if (isAbove) throw new GatewayError(accountErrors.role_not_allowed)
      if (account && (await isLastOwner(accounts, account)))
        throw new GatewayError(accountErrors.last_owner)
      const erasure = await erasures.request({
        tenantId,
        userId: params.id,
        pseudonym: newId('erased-'),
        requestedAt: clock.now(),
      })
      await queue.enqueue(erasureQueue, { tenantId, userId: params.id })
      return { body: viewOf(erasure), audit: { target: `user:${params.id}` } }
    }),

    handle(readErasure, async ({ principal, params }) => {
      await accountOf(principal, params.id)
      const erasure = await erasures.find(principal.caller.tenantId, params.id)
      if (!erasure) throw new GatewayError(accountErrors.user_not_found)
      return { body: viewOf(erasure) }
    }),
  ]
}

async function isLastOwner(accounts: AccountStore | null, account: Account): Promise<boolean> {
  const { id, tenantId, role, status } = account
  if (!accounts || role !== 'owner' || status !== 'active') return false
  return !(await hasOwner(accounts, tenantId, id))
}

function viewOf(erasure: Erasure): ErasureView {
  const { userId, pseudonym, requestedAt, finishedAt, removed } = erasure
  const { responses, answers, keys, bills } = removed
  return {
    user_id: userId,
    state: finishedAt === null ? 'requested' : 'done',
    waits_for: erasure.waitsForLakeSince === null ? null : 'lake',
    requested_at: timeOf(requestedAt),
    finished_at: timeOrNull(finishedAt),
    pseudonym,
    removed: { responses, answers, keys, bills_renamed: bills },
  }
}
