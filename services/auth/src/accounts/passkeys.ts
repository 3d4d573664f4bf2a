import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Account, AccountStore, OneTimeToken, Passkey } from '@sluice/store/account-store'
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { AccountsConfig } from '../accounts-config.ts'
import { accountErrors } from './errors.ts'
import { hashOf } from './secrets.ts'
import type { Throttle } from './throttle.ts'

export interface PasskeysContext {
  readonly config: AccountsConfig
  readonly accounts: AccountStore
  readonly throttle: Throttle
  readonly clock: Clock
}

const challengeMs = 5 * 60_000
const maxPerAccount = 20

/**
 * Passkeys (WebAuthn): who is asked is told by the passkey itself, so that nobody learns from the options who has one, and the device must have checked its
 * person. A challenge is good once, for five minutes.
 */
export class Passkeys {
  readonly #context: PasskeysContext

  constructor(context: PasskeysContext) {
    this.#context = context
  }

  async registrationOptions(account: Account) {
    const { accounts } = this.#context
    const { id, tenantId, email, name } = account
    const known = await accounts.listPasskeys(tenantId, id)
    const options = await generateRegistrationOptions({
      rpName: 'Sluice',
      rpID: this.#host(),
      userName: email,
      userDisplayName: name,
      userID: new Uint8Array(Buffer.from(id)),
      excludeCredentials: known.map((passkey) => ({ id: passkey.id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    await this.#remember('passkey-registration', options.challenge, account)
    return options
  }

  async add(
    account: Account,
    name: string,
    credential: unknown,
    origin: string | undefined,
  ): Promise<Passkey> {
    const { accounts, clock } = this.#context
    const { tenantId, id: userId } = account
    if ((await accounts.listPasskeys(tenantId, userId)).length >= maxPerAccount) throw invalid()
    const verified = await verifyRegistrationResponse({
      response: credential as RegistrationResponseJSON, // the library checks every member
      expectedChallenge: async (challenge) =>
        (await this.#take('passkey-registration', challenge))?.userId === userId,
      expectedOrigin: this.#origin(origin),
      expectedRPID: this.#host(),
    }).catch((cause: unknown) => {
      throw invalid(cause)
    })
    if (!verified.verified) throw invalid()
    const made = verified.registrationInfo.credential
    const passkey = {
      id: made.id,
      tenantId,
      userId,
      name,
      publicKey: Buffer.from(made.publicKey).toString('base64url'),
      counter: made.counter,
      transports: (made.transports ?? []).filter((each) => /^[\w-]{1,20}$/.test(each)).slice(0, 8),
      createdAt: clock.now(),
      lastUsedAt: null,
    }
    if (!(await accounts.addPasskey(passkey))) throw invalid()
    return passkey
  }

  async loginOptions(address: string) {
    await this.#context.throttle.enter('passkey', null, address)
    const options = await generateAuthenticationOptions({
      rpID: this.#host(),
      userVerification: 'required',
    })
    await this.#remember('passkey-login', options.challenge, null)
    return options
  }

  /** The account whose passkey it is. One answer for whatever is wrong. */
  async login(credential: { readonly id: string }, origin: string | undefined): Promise<Account> {
    const { accounts, clock } = this.#context
    const known = await accounts.findPasskey(credential.id)
    const refused = (cause?: unknown) =>
      new GatewayError(accountErrors.invalid_credentials, 'This passkey does not fit', { cause })
    if (!known) throw refused()
    const verified = await verifyAuthenticationResponse({
      response: credential as AuthenticationResponseJSON, // the library checks every member
      expectedChallenge: async (challenge) =>
        (await this.#take('passkey-login', challenge)) !== null,
      expectedOrigin: this.#origin(origin),
      expectedRPID: this.#host(),
      credential: {
        id: known.id,
        publicKey: new Uint8Array(Buffer.from(known.publicKey, 'base64url')),
        counter: known.counter,
      },
    }).catch((cause: unknown) => {
      throw refused(cause)
    })
    const account = await accounts.find(known.tenantId, known.userId)
    if (!verified.verified || account?.status !== 'active') throw refused()
    await accounts.notePasskeyUse(known.id, verified.authenticationInfo.newCounter, clock.now())
    return account
  }

  async #remember(
    purpose: OneTimeToken['purpose'],
    challenge: string,
    account: Account | null,
  ): Promise<void> {
    const { accounts, clock } = this.#context
    await accounts.saveToken({
      hash: hashOf(challenge),
      purpose,
      tenantId: account?.tenantId ?? null,
      userId: account?.id ?? null,
      data: null,
      expiresAt: clock.now() + challengeMs,
    })
  }

  #take(purpose: OneTimeToken['purpose'], challenge: string): Promise<OneTimeToken | null> {
    const { accounts, clock } = this.#context
    return accounts.takeToken(hashOf(challenge), purpose, clock.now())
  }

  #host(): string {
    const { publicUrl } = this.#context.config
    return publicUrl === null ? 'localhost' : new URL(publicUrl).hostname
  }

  /** Without PUBLIC_URL a page of this machine, whatever port it has. */
  #origin(said: string | undefined): string {
    const { publicUrl } = this.#context.config
    if (publicUrl !== null) return new URL(publicUrl).origin
    return URL.parse(said ?? '')?.hostname === 'localhost' ? (said ?? '') : 'http://localhost:3000'
  }
}

function invalid(cause?: unknown): GatewayError {
  return new GatewayError(accountErrors.invalid_passkey, undefined, { cause })
}
