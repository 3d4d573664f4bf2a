import type { TokenIssuer, TokenKey } from '@sluice/contracts/rpc/token-issuers'
import type { AccountsConfig, TrustedIssuer } from '../accounts-config.ts'
import type { ForeignKeys } from './foreign-keys.ts'
import type { SigningKeys } from './signing-keys.ts'

/** `typ` of our access tokens (RFC 9068): nothing else that we sign can be taken for one. */
export const accessTokenType = 'at+jwt'
/** Of others: what an access or id token is called, or nothing. Not what a refresh or logout token is. */
const foreignTypes = ['jwt', 'at+jwt']

/** What every process is told of the issuers whose tokens it may take. */
export class Issuers {
  readonly #config: AccountsConfig
  readonly #keys: SigningKeys
  readonly #foreign: ForeignKeys

  constructor(config: AccountsConfig, keys: SigningKeys, foreign: ForeignKeys) {
    this.#config = config
    this.#keys = keys
    this.#foreign = foreign
  }

  get own(): readonly TokenKey[] {
    return this.#keys.publicKeys
  }

  trusted(issuer: string): TrustedIssuer | null {
    return this.#config.trustedIssuers.find((each) => each.issuer === issuer) ?? null
  }

  /** `missing`: an issuer that has a key we do not know, perhaps. */
  async read(missing: string | null): Promise<readonly TokenIssuer[]> {
    const asked = missing === null ? null : this.trusted(missing)
    if (asked) await this.#foreign.refetch(asked)
    const { issuer, audience, trustedIssuers } = this.#config
    return [
      {
        issuer,
        audiences: [audience],
        types: [accessTokenType],
        claims: ['sid'],
        keys: [...this.own],
      },
      ...trustedIssuers.map((each) => this.#told(each)),
    ]
  }

  #told(trusted: TrustedIssuer): TokenIssuer {
    const { issuer, audience, tenant_claim, role_claim, groups_claim } = trusted
    const named = [tenant_claim, role_claim, groups_claim, trusted.email_claim, trusted.name_claim]
    return {
      issuer,
      audiences: [audience].flat(),
      types: foreignTypes,
      claims: named.filter((claim) => claim !== undefined),
      keys: [...this.#foreign.keysOf(trusted)],
    }
  }
}
