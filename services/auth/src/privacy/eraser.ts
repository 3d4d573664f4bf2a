import {
  erasePersonalCalls,
  erasePersonalResponses,
  listPersonalCalls,
  renamePersonalCalls,
} from '@sluice/contracts/rpc/personal-data'
import { eraseFromLake } from '@sluice/contracts/rpc/lake'
import { TenantId, UserId, type RequestId } from '@sluice/contracts/ids'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import { Role } from '@sluice/contracts/access'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { ErasureStore, Removed } from '@sluice/store/erasure-store'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import { z } from 'zod'
import { keysOf, personOf } from './person.ts'

/** Work queue of removals; every step of one may be repeated. */
export const erasureQueue = 'auth.erasures'
export const ErasureJob = z.object({ tenantId: TenantId, userId: UserId })
export type ErasureJob = z.infer<typeof ErasureJob>

export interface EraserContext {
  readonly store: AuthStore
  readonly accounts: AccountStore | null
  readonly erasures: ErasureStore
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}

const rpc = { timeoutMs: 30_000 }
/** Files are written anew. */
const lakeRpc = { timeoutMs: 300_000 }
const page = 200
/** A store may be away for long: the job waits for it. */
const maxDeliveries = 1_000_000_000

/** Takes up what was asked for, until it is done. */
export async function eraseByQueue(context: EraserContext): Promise<AsyncDisposable> {
  const options = { group: 'auth', concurrency: 1, leaseMs: 60_000, maxDeliveries }
  return context.queue.consume(erasureQueue, options, async ({ payload }) => {
    const job = ErasureJob.safeParse(payload)
    if (!job.success) return
    try {
      await erase(job.data, context)
    } catch (error) {
      context.logger.warn({ problem: messageOf(error) }, 'a removal waits')
      throw error
    }
  })
}

/**
 * First whatever would let more come: keys and sessions. Then what was said, call by call; the name in the bills last, since it is what leads to the calls.
 * Killed anywhere, it begins again and finds less to do.
 */
async function erase({ tenantId, userId }: ErasureJob, context: EraserContext): Promise<void> {
  const { store, accounts, erasures, queue, clock } = context
  const erasure = await erasures.find(tenantId, userId)
  if (!erasure) return
  const keys = await keysOf(store, tenantId, userId)
  for (const { caller, revokedAt } of keys) {
    if (revokedAt !== null) continue
    const change = await store.revokeKey(caller.keyId, clock.now())
    if (change) context.onChanged(change, tenantId)
    await erasures.progress(tenantId, userId, { keys: 1 }, null)
  }
  await forgetAccount({ tenantId, userId }, context, accounts)

  const person = personOf(tenantId, userId, keys)
  const removed = (what: Partial<Removed>) => erasures.progress(tenantId, userId, what, null)
  const callsAfter = async (after: RequestId | null) => {
    const question = { ...person, after, limit: page, withAnswers: false }
    const { calls } = await callRpc(queue, listPersonalCalls, question, rpc)
    return calls.map(({ id }) => id)
  }
  for (let ids = await callsAfter(null); ; ids = await callsAfter(ids.at(-1) ?? null)) {
    const responses = await callRpc(queue, erasePersonalResponses, { ...person, ids }, rpc)
    await removed({ responses: responses.erased })
    if (ids.length === 0) break
    const answers = await callRpc(queue, erasePersonalCalls, { ...person, ids }, rpc)
    await removed({ answers: answers.erased })
  }
  // Beside what was said, the lake has who it was: its rows are found by the name, as bills are.
  const { elsewhere } = await callRpc(queue, eraseFromLake, person, lakeRpc)
  const { pseudonym } = erasure
  const { renamed } = await callRpc(queue, renamePersonalCalls, { ...person, pseudonym }, rpc)
  await erasures.progress(tenantId, userId, { bills: renamed }, elsewhere ? null : clock.now())
  // Whoever maintains the tables of a catalogue ends it.
  if (elsewhere) await erasures.waitForLake(tenantId, userId, person.keyIds, clock.now())
}

/** With its sessions, passkeys, licence and memberships. */
async function forgetAccount(
  { tenantId, userId }: ErasureJob,
  { store, clock, onChanged }: EraserContext,
  accounts: AccountStore | null,
): Promise<void> {
  for (const { id } of await store.groupsOf(tenantId, userId))
    await store.removeMember(tenantId, id, userId, clock.now())
  const licence = await store.licences.remove(tenantId, userId, clock.now())
  if (licence) onChanged(licence, tenantId)
  if (!accounts) return
  const guard = { within: Role.options, at: clock.now() }
  const removed = await accounts.delete(tenantId, userId, guard)
  if (removed.outcome === 'changed') onChanged(removed.change, tenantId)
  if (removed.outcome === 'last_owner') throw new Error('the last owner of a tenant stays')
}
