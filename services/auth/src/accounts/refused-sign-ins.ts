import type { Clock } from '@sluice/kernel/clock'
import { createAttempts } from '@sluice/management/attempts'
import type { RecordAudit } from '@sluice/management/audit'
import type { Account } from '@sluice/store/account-store'

/** Records in the tenant of an account that somebody was not signed in to it, and why. Returns at once: an answer must not tell by its time who has an account. */
export type RefusedSignIn = (
  call: { readonly route: string; readonly address: string; readonly requestId: string },
  account: Pick<Account, 'id' | 'tenantId'>,
  reason: string,
) => void

export function createRefusedSignIns(audit: RecordAudit, clock: Clock): RefusedSignIn {
  const note = createAttempts(clock)
  return ({ route, address, requestId }, { id, tenantId }, reason) => {
    // Every try at a password is one of its own.
    note(JSON.stringify([tenantId, id]), requestId, (more) => {
      const after = more === null ? { reason } : { more_attempts: more }
      const actor = { keyId: null, userId: null }
      const change = { target: `user:${id}`, tenantId, actor, after }
      void audit({ route, principal: null, address, requestId }, change, 'denied')
    })
  }
}
