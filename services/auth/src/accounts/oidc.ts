import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Account, AccountStore } from '@sluice/store/account-store'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  customFetch,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { z } from 'zod'
import type { AccountsConfig, OidcProvider } from '../accounts-config.ts'
import type { Bearers } from './bearers.ts'
import { accountErrors } from './errors.ts'
import { createIssuerGuard, fetchThrough } from './issuer-guard.ts'
import { linkBaseOf } from './link-base.ts'
import { hashOf, newSecret } from './secrets.ts'

export interface OidcContext {
  readonly config: AccountsConfig
  readonly accounts: AccountStore
  readonly bearers: Bearers
  readonly clock: Clock
  readonly logger: Logger
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}

/** Kept with the state while the browser is away. */
const Pending = z.object({
  provider: z.string(),
  verifier: z.string(),
  nonce: z.string(),
  /** Hash of what the browser keeps in a cookie. */
  browser: z.string(),
  returnTo: z.string(),
})

export const signInMs = 10 * 60_000
const timeoutSeconds = 10
/** Of a document of addresses, a set of keys, an answer with tokens. */
const maxReplyBytes = 1_048_576

/**
 * Sign-in at an OpenID provider: authorization code with PKCE. State and nonce are ours, good once, and bound to the browser that began: an answer that is
 * brought to another browser signs nobody in.
 */
export class OidcSignIn {
  readonly #context: OidcContext
  readonly #discovered = new Map<string, Promise<Configuration>>()

  constructor(context: OidcContext) {
    this.#context = context
  }

  async start(
    name: string,
    returnTo = '/',
  ): Promise<{ readonly location: string; readonly browser: string }> {
    const provider = this.#find(name)
    const path = this.#ownPath(returnTo)
    const configuration = await this.#discover(provider)
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()]
    const { secret: browser, hash } = newSecret('oidc')
    const { accounts, clock } = this.#context
    await accounts.saveToken({
      hash: hashOf(state),
      purpose: 'oidc',
      tenantId: null,
      userId: null,
      data: JSON.stringify({ provider: name, verifier, nonce, browser: hash, returnTo: path }),
      expiresAt: clock.now() + signInMs,
    })
    const location = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#callback(name),
      scope: provider.scopes,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    return { location: location.href, browser }
  }

  async finish(
    name: string,
    query: Readonly<Record<string, unknown>>,
    browser: string | null,
  ): Promise<{ readonly account: Account; readonly returnTo: string }> {
    const { accounts, clock, logger } = this.#context
    const provider = this.#find(name)
    const state = z.string().safeParse(query['state'])
    const taken =
      state.success && (await accounts.takeToken(hashOf(state.data), 'oidc', clock.now()))
    const pending = taken && taken.data !== null ? Pending.parse(JSON.parse(taken.data)) : null
    const isOurs = browser !== null && pending?.browser === hashOf(browser)
    if (!pending || !isOurs || pending.provider !== name || !state.success)
      throw new GatewayError(accountErrors.invalid_state)
    const configuration = await this.#discover(provider)
    const answer = new URL(this.#callback(name))
    for (const [key, value] of Object.entries(query))
      if (typeof value === 'string') answer.searchParams.set(key, value)
    const claims = await authorizationCodeGrant(configuration, answer, {
      pkceCodeVerifier: pending.verifier,
      expectedState: state.data,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    }).then(
      (tokens) => tokens.claims(),
      (cause: unknown) => {
        logger.warn({ provider: name, problem: messageOf(cause) }, 'a provider did not sign in')
        throw new GatewayError(accountErrors.sign_in_refused, undefined, { cause })
      },
    )
    const found = claims && (await this.#accountOf(provider, claims.sub, claims))
    if (found?.status !== 'active') throw new GatewayError(accountErrors.sign_in_refused)
    return { account: found, returnTo: pending.returnTo }
  }

  /** Role and groups as the provider says now: sessions read them from the account. */
  async #accountOf(
    provider: OidcProvider,
    subject: string,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<Account | null> {
    const { bearers, accounts, clock, onChanged } = this.#context
    const found = await bearers.foreignAccount(provider, subject, claims)
    if (!found || found.role === found.account.role) return found?.account ?? null
    const { tenantId, id, role } = found.account
    const guard = { within: [role], at: clock.now() }
    const result = await accounts.update(tenantId, id, { role: found.role }, guard)
    if (result.outcome !== 'changed') return found.account
    onChanged(result.change, tenantId)
    return result.after
  }

  #find(name: string): OidcProvider {
    const provider = this.#context.config.oidcProviders.find((each) => each.name === name)
    if (!provider) throw new GatewayError(accountErrors.provider_not_found)
    return provider
  }

  /** Its addresses and keys, asked for once; a failure is not kept. */
  #discover(provider: OidcProvider): Promise<Configuration> {
    let discovered = this.#discovered.get(provider.name)
    if (!discovered) {
      const issuer = new URL(provider.issuer)
      // Plain HTTP only where the operator wrote it.
      const execute = issuer.protocol === 'http:' ? [allowInsecureRequests] : []
      const { clock, config } = this.#context
      const guard = createIssuerGuard(provider.issuer, {
        clock,
        timeoutMs: timeoutSeconds * 1_000,
        maxBytes: maxReplyBytes,
        allowedHosts: config.outboundAllowedHosts,
      })
      // Addresses that its document names are not the operator's word: tokens and our secret go to them.
      const options = {
        execute,
        timeout: timeoutSeconds,
        [customFetch]: fetchThrough(guard),
      }
      discovered = discovery(
        issuer,
        provider.client_id,
        provider.client_secret,
        undefined,
        options,
      ).catch((cause: unknown) => {
        this.#discovered.delete(provider.name)
        const retryAfterMs = 5_000
        throw new GatewayError(accountErrors.provider_unavailable, undefined, {
          cause,
          retryAfterMs,
        })
      })
      this.#discovered.set(provider.name, discovered)
    }
    return discovered
  }

  #callback(name: string): string {
    return `${this.#base()}/v1/auth/oidc/${name}/callback`
  }

  #base(): string {
    return linkBaseOf(this.#context.config)
  }

  /** A path of ours as a browser reads it: `//evil`, `/\evil` and the like are other hosts. */
  #ownPath(returnTo: string): string {
    const { origin } = new URL(this.#base())
    const url = /^\/(?![/\\])[^\p{Cc}\\]*$/u.test(returnTo) ? URL.parse(returnTo, origin) : null
    if (url?.origin !== origin) {
      throw new GatewayError(accountErrors.invalid_return, undefined, { param: 'return_to' })
    }
    return `${url.pathname}${url.search}${url.hash}`
  }
}
