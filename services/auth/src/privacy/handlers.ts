import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import {
  eraseUser,
  type ErasureView,
  exportUser,
  readErasure,
} from '@sluice/contracts/http/routes/privacy'
import type { RequestId } from '@sluice/contracts/ids'
import {
  listPersonalCalls,
  listPersonalResponses,
  type PersonalCall,
  type PersonalResponse,
} from '@sluice/contracts/rpc/personal-data'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { handle, type Handled } from '@sluice/management'
import { managementErrors } from '@sluice/management/errors'
import type { Account, AccountStore } from '@sluice/store/account-store'
import type { Erasure } from '@sluice/store/erasure-store'
import { callRpc } from '@sluice/work-queue/rpc'
import { isSession } from '../access/signed-in.ts'
import { accountErrors } from '../accounts/errors.ts'
import { hasOwner } from '../accounts/has-owner.ts'
import { newId } from '../accounts/secrets.ts'
import { accountView } from '../accounts/signed-in.ts'
import { found } from '../manage/context.ts'
import { tokenView } from '../manage/token-view.ts'
import { type EraserContext, erasureQueue } from './eraser.ts'
import { keysOf, personOf } from './person.ts'

const rpc = { timeoutMs: 4_000 }
const page = 50
const firstId = '00000000-0000-4000-8000-000000000000' as RequestId

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
      const [part, last] = placeOf(query.after)
      if (part === 'responses') {
        const question = { ...person, after: last ?? firstId, limit: page }
        const { responses } = await callRpc(queue, listPersonalResponses, question, rpc)
        const last_id =
          responses.length < page ? 'calls:' : `responses:${responses.at(-1)?.id ?? ''}`
        const isFirst = last === null
        const body = {
          account: isFirst ? accountView(account, await tenantOf(tenantId)) : null,
          keys: isFirst ? keys.map(tokenView) : [],
          responses: responses.map(responseView),
          calls: [],
          has_more: true,
          last_id,
        }
        return { body }
      }
      const question = { ...person, after: last, limit: page, withAnswers: true }
      const { calls } = await callRpc(queue, listPersonalCalls, question, rpc)
      const has_more = calls.length === page
      const last_id = has_more ? `calls:${calls.at(-1)?.id ?? ''}` : null
      const rest = { account: null, keys: [], responses: [] }
      return { body: { ...rest, calls: calls.map(callView), has_more, last_id } }
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

function placeOf(after: string | undefined): readonly ['responses' | 'calls', RequestId | null] {
  if (after === undefined) return ['responses', null]
  const [, part, id] = /^(responses|calls):([0-9a-f-]{36})?$/.exec(after) ?? []
  if (part === undefined)
    throw new GatewayError(
      managementErrors.invalid_request,
      'after: not the last_id of a page of this export',
    )
  return [part === 'calls' ? 'calls' : 'responses', (id ?? null) as RequestId | null]
}

function responseView({ createdAt, ...response }: PersonalResponse) {
  return { ...response, created_at: timeOf(createdAt) }
}

function callView(call: PersonalCall) {
  const { id, model, state, answer } = call
  return {
    id,
    model,
    state,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    cost_nano_usd: call.amountNanoUsd,
    accepted_at: timeOf(call.acceptedAt),
    answer,
  }
}

function viewOf({ userId, pseudonym, requestedAt, finishedAt, removed }: Erasure): ErasureView {
  const { responses, answers, keys, bills } = removed
  return {
    user_id: userId,
    state: finishedAt === null ? 'requested' : 'done',
    requested_at: timeOf(requestedAt),
    finished_at: timeOrNull(finishedAt),
    pseudonym,
    removed: { responses, answers, keys, bills_renamed: bills },
  }
}
