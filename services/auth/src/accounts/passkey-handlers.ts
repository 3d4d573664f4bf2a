import { wholeList } from '@sluice/contracts/http/paging'
import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import { sessionKeyId } from '@sluice/contracts/caller'
import {
  addPasskeyRoute,
  listPasskeysRoute,
  passkeyLoginOptionsRoute,
  passkeyLoginRoute,
  passkeyOptionsRoute,
  removePasskeyRoute,
} from '@sluice/contracts/http/routes/passkeys'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { handle, type Handled } from '@sluice/management'
import type { Account, Passkey } from '@sluice/store/account-store'
import type { AccountsParts } from './accounts-parts.ts'
import { accountErrors } from './errors.ts'
import { createSignedIn } from './signed-in.ts'

/** `/v1/auth/passkeys`: for people themselves, signed in; a key does not make passkeys for its owner. */
export function passkeyHandlers(parts: AccountsParts): readonly Handled[] {
  const { accounts, accountStore, passkeys, sessions } = parts
  const signedIn = createSignedIn(parts)

  const personOf = ({ caller }: Principal): Promise<Account> => {
    const { tenantId, userId, keyId } = caller
    if (userId === null || keyId !== sessionKeyId(userId))
      throw new GatewayError(accountErrors.not_a_user)
    return accounts.requireAccount(tenantId, userId)
  }

  return [
    handle(passkeyOptionsRoute, async ({ principal }) => ({
      body: { ...(await passkeys.registrationOptions(await personOf(principal))) },
    })),

    handle(addPasskeyRoute, async ({ principal, body, headers }) => {
      const account = await personOf(principal)
      const made = await passkeys.add(account, body.name, body.credential, headers['origin'])
      const audit = { target: `user:${account.id}`, after: { passkey: made.name } }
      return { body: passkeyView(made), audit }
    }),

    handle(listPasskeysRoute, async ({ principal }) => {
      const { tenantId, id } = await personOf(principal)
      const made = await accountStore.listPasskeys(tenantId, id)
      return { body: wholeList(made.map(passkeyView)) }
    }),

    handle(removePasskeyRoute, async ({ principal, params }) => {
      const { tenantId, id } = await personOf(principal)
      if (!(await accountStore.removePasskey(tenantId, id, params.id)))
        throw new GatewayError(accountErrors.passkey_not_found)
      return { body: null, audit: { target: `user:${id}`, before: { passkey: params.id } } }
    }),

    handle(passkeyLoginOptionsRoute, async ({ address }) => ({
      body: { ...(await passkeys.loginOptions(address)) },
    })),

    handle(passkeyLoginRoute, async ({ body, headers }) => {
      const account = await passkeys.login(body.credential, headers['origin'])
      const tenant = await accounts.activeTenant(account.tenantId)
      const opened = await sessions.open(account, body.transport)
      return signedIn({ tenant, opened }, body.transport)
    }),
  ]
}

function passkeyView({ id, name, createdAt, lastUsedAt }: Passkey) {
  return { id, name, created_at: timeOf(createdAt), last_used_at: timeOrNull(lastUsedAt) }
}
