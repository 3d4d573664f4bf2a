import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { AccountsConfig } from '../accounts-config.ts'
import type { Accounts } from './accounts.ts'
import type { OidcSignIn } from './oidc.ts'
import type { Passkeys } from './passkeys.ts'
import type { RefusedSignIn } from './refused-sign-ins.ts'
import type { Issuers } from './issuers.ts'
import type { Sessions } from './sessions.ts'

/** What the handlers of accounts have in common. */
export interface AccountsParts {
  readonly config: AccountsConfig
  readonly store: AuthStore
  readonly accountStore: AccountStore
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly passkeys: Passkeys
  readonly oidc: OidcSignIn
  readonly issuers: Issuers
  readonly clock: Clock
  readonly logger: Logger
  readonly onRefused: RefusedSignIn
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}
