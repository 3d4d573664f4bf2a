import { accountRoutes } from '@sluice/contracts/http/routes/accounts'
import { oidcRoutes } from '@sluice/contracts/http/routes/oidc'
import { passkeyRoutes } from '@sluice/contracts/http/routes/passkeys'
import { userRoutes } from '@sluice/contracts/http/routes/users'
import { readTokenIssuers, verifyClaims } from '@sluice/contracts/rpc/token-issuers'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { startMailer } from '@sluice/mail'
import { handle, type Handled } from '@sluice/management'
import type { RecordAudit } from '@sluice/management/audit'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { AccountsConfig } from './accounts-config.ts'
import { Accounts } from './accounts/accounts.ts'
import { Bearers } from './accounts/bearers.ts'
import { ensureFirstOwner } from './accounts/first-owner.ts'
import { accountErrors } from './accounts/errors.ts'
import { ForeignKeys } from './accounts/foreign-keys.ts'
import { accountHandlers } from './accounts/handlers.ts'
import { Issuers } from './accounts/issuers.ts'
import { oidcHandlers } from './accounts/oidc-handlers.ts'
import { OidcSignIn } from './accounts/oidc.ts'
import { passkeyHandlers } from './accounts/passkey-handlers.ts'
import { Passkeys } from './accounts/passkeys.ts'
import { type HashCost, Passwords } from './accounts/passwords.ts'
import { createRefusedSignIns } from './accounts/refused-sign-ins.ts'
import { Sessions } from './accounts/sessions.ts'
import { ensureSigningKey, loadSigningKeys } from './accounts/signing-keys.ts'
import { Throttle } from './accounts/throttle.ts'
import { userHandlers } from './accounts/user-handlers.ts'
import { identityUnavailable } from './errors.ts'

export interface AccountsDependencies {
  readonly store: AuthStore
  readonly accounts: AccountStore
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
  readonly audit: RecordAudit
  readonly onChanged: (change: IdentityChange, tenant: string) => void
  /** Of passwords; what production has unless given. */
  readonly hashCost?: HashCost
}

export interface AccountsService extends AsyncDisposable {
  readonly handlers: readonly Handled[]
}

const pruneMs = 10 * 60_000

/** Accounts, sessions and tokens: what answers the routes of `/v1/auth` and `/v1/users`, and what says who the bearer of a token is. */
export async function startAccounts(
  config: AccountsConfig,
  dependencies: AccountsDependencies,
): Promise<AccountsService> {
  const { queue, clock, logger, onChanged } = dependencies
  if (config.keyPaths === null) ensureSigningKey(config.devKeyPath)
  if (config.linkBase === null) {
    const problem =
      'PUBLIC_URL is not set: no invitations, no password resets by mail, no sign-in at OpenID providers'
    logger.warn({ setting: 'PUBLIC_URL' }, problem)
  }
  const keys = await loadSigningKeys(config.keyPaths ?? [config.devKeyPath])
  await using stack = new AsyncDisposableStack()
  const foreign = stack.use(new ForeignKeys(config.trustedIssuers, { clock, logger }))
  const issuers = new Issuers(config, keys, foreign)
  const passwords = new Passwords(dependencies.hashCost)
  const mailer = stack.use(
    await startMailer({ config: config.mail, queue, logger, showLinks: !config.production }),
  )
  const { accounts: accountStore } = dependencies
  const context = { ...dependencies, config, keys, passwords, mailer }
  const throttle = new Throttle({ store: accountStore, clock })
  const sessions = new Sessions(context)
  const accounts = stack.use(new Accounts({ ...context, throttle, sessions }))
  const bearers = new Bearers({ ...context, issuers, ownIssuer: config.issuer })
  await ensureFirstOwner(context)

  stack.use(
    clock.every(pruneMs, () => {
      accountStore.prune(clock.now()).catch((error: unknown) => {
        logger.warn({ problem: messageOf(error) }, 'expired sessions not removed')
      })
    }),
  )
  stack.use(
    await serveRpc(queue, readTokenIssuers, async ({ missing }) => ({
      issuers: [...(await issuers.read(missing))],
    })),
  )
  stack.use(
    await serveRpc(queue, verifyClaims, async ({ issuer, subject, claims }) => {
      try {
        return await bearers.verify(issuer, subject, claims)
      } catch (cause) {
        throw identityUnavailable(cause)
      }
    }),
  )
  const passkeys = new Passkeys({ ...context, throttle })
  const oidc = new OidcSignIn({ ...context, bearers })
  const shared = { accountStore, accounts, sessions, passkeys, oidc, issuers }
  const onRefused = createRefusedSignIns(dependencies.audit, clock)
  const parts = { ...dependencies, ...shared, config, onChanged, onRefused }
  const handlers = [
    ...accountHandlers(parts),
    ...passkeyHandlers(parts),
    ...oidcHandlers(parts),
    ...userHandlers(parts),
  ]
  const owned = stack.move()
  return { handlers, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Where nobody signs in: the routes say so, and no token is taken. */
export async function serveWithoutAccounts(
  queue: WorkQueue,
  readRevision: () => Promise<number>,
): Promise<AccountsService> {
  await using stack = new AsyncDisposableStack()
  stack.use(await serveRpc(queue, readTokenIssuers, async () => ({ issuers: [] })))
  stack.use(
    await serveRpc(queue, verifyClaims, async () => ({
      valid: false as const,
      reason: 'unknown' as const,
      revision: await readRevision(),
    })),
  )
  const handlers = [...accountRoutes, ...passkeyRoutes, ...oidcRoutes, ...userRoutes].map((route) =>
    handle(route, async () => {
      throw new GatewayError(accountErrors.accounts_disabled)
    }),
  )
  const owned = stack.move()
  return { handlers, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
