import type { Role } from '@sluice/contracts/access'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { BackgroundTasks } from '@sluice/kernel/tasks'
import type { Mailer } from '@sluice/mail'
import type {
  Account,
  AccountStore,
  AccountWithPassword,
  NewAccount,
} from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { Tenant } from '@sluice/store/tenancy'
import type { AccountsConfig } from '../accounts-config.ts'
import { roleCovers } from '../access/roles.ts'
import { accountErrors } from './errors.ts'
import { linkBaseOf } from './link-base.ts'
import { checkPassword } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import { hashOf, newId, newSecret } from './secrets.ts'
import type { Opened, Sessions, Transport } from './sessions.ts'
import type { Throttle } from './throttle.ts'

export interface AccountsContext {
  readonly config: AccountsConfig
  readonly store: AuthStore
  readonly accounts: AccountStore
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly sessions: Sessions
  readonly mailer: Mailer
  readonly clock: Clock
  readonly logger: Logger
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}

const invitationMs = 7 * 24 * 3_600_000
const resetMs = 3_600_000
/** Names of the gateway's own that no company may have. */
const reservedSlugs = new Set(['default', 'sluice', 'system', 'admin', 'api', 'auth', 'www'])

/** What people do with their accounts. Whoever is not signed in learns from no answer, nor from its time, who has one. */
export class Accounts implements AsyncDisposable {
  readonly #context: AccountsContext
  readonly #tasks: BackgroundTasks

  constructor(context: AccountsContext) {
    this.#context = context
    this.#tasks = new BackgroundTasks(context.logger)
  }

  /** A new tenant, whose id is its slug, with its owner. The address may have accounts elsewhere: nothing is learnt about them here. */
  async register(
    asked: {
      readonly company: string
      readonly slug: string
      readonly name: string
      readonly email: string
      readonly password: string
      readonly transport: Transport
    },
    address: string,
  ): Promise<{
    readonly tenant: Tenant
    readonly account: Account
    readonly opened: Opened | null
  }> {
    const { config, store, passwords, throttle, sessions, clock } = this.#context
    if (config.registration === 'disabled')
      throw new GatewayError(accountErrors.registration_disabled)
    checkPassword(asked.password, [asked.email, asked.name, asked.company, asked.slug], 'password')
    await throttle.enter('register', null, address)
    if (reservedSlugs.has(asked.slug)) throw slugTaken()
    const passwordHash = await passwords.hash(asked.password)
    const now = clock.now()
    const tenant: Tenant = {
      id: asked.slug,
      tenantId: asked.slug,
      name: asked.company,
      status: config.registration === 'beta' ? 'disabled' : 'active',
      tier: 'free',
      features: null,
      licenceExpiresAt: null,
      licenceToken: null,
      createdAt: now,
    }
    const added = await store.tenants.add(tenant)
    if (added === 'exists' || added === 'full') throw slugTaken()
    this.#context.onChanged(added, tenant.id)
    const account = {
      id: newId('u'),
      tenantId: tenant.id,
      email: asked.email,
      name: asked.name,
      role: 'owner',
      status: 'active',
      origin: 'local',
      createdAt: now,
    } as const
    try {
      await store.ensureProject(tenant.id, 'default', now)
      await this.#create({ ...account, passwordHash })
    } catch (error) {
      // Nobody could ever sign in to it, and its slug would be lost.
      await store.tenants.remove(tenant.id, tenant.id, now).catch(() => null)
      throw error
    }
    this.#welcome(account, tenant)
    const made = { ...account, lastLoginAt: null }
    const opened = tenant.status === 'active' ? await sessions.open(made, asked.transport) : null
    return { tenant, account: made, opened }
  }

  async login(
    asked: {
      readonly email: string
      readonly password: string
      readonly slug?: string | undefined
      readonly transport: Transport
    },
    address: string,
    /** Of an account that is there: its tenant is to know. */
    onRefused: (account: Account) => void = () => undefined,
  ): Promise<{ readonly tenant: Tenant; readonly opened: Opened }> {
    const { accounts, passwords, throttle, sessions } = this.#context
    const forgive = await throttle.enter('login', asked.email, address)
    const found = await accounts.findByEmail(asked.email, asked.slug ?? null)
    // One of them at most is asked for: the time must not tell how many there are.
    const only = found.length === 1 ? (found[0] ?? null) : null
    const fits = await passwords.verify(asked.password, only?.passwordHash ?? null)
    if (!fits || only?.status !== 'active') {
      if (only) onRefused(only)
      throw new GatewayError(accountErrors.invalid_credentials)
    }
    await forgive()
    const tenant = await this.activeTenant(only.tenantId)
    this.#renewHash(only, asked.password)
    const { passwordHash: _password, ...account } = only
    return { tenant, opened: await sessions.open(account, asked.transport) }
  }

  async changePassword(
    tenantId: string,
    userId: string,
    asked: {
      readonly current_password: string
      readonly new_password: string
      readonly transport: Transport
    },
    address: string,
  ): Promise<{ readonly tenant: Tenant; readonly opened: Opened }> {
    const { accounts, passwords, throttle, sessions } = this.#context
    const account = await this.requireAccount(tenantId, userId)
    if (account.origin !== 'local') throw new GatewayError(accountErrors.not_a_user)
    checkPassword(asked.new_password, [account.email, account.name], 'new_password')
    const forgive = await throttle.enter('password', userId, address)
    const stored = await accounts.findPassword(tenantId, userId)
    if (!(await passwords.verify(asked.current_password, stored)))
      throw new GatewayError(accountErrors.invalid_credentials, 'The current password is wrong')
    await forgive()
    await this.#setPassword(account, asked.new_password)
    const tenant = await this.activeTenant(tenantId)
    return { tenant, opened: await sessions.open(account, asked.transport) }
  }

  /** Answers before anything is looked up. */
  async forgotPassword(
    { email, slug }: { readonly email: string; readonly slug?: string | undefined },
    address: string,
  ): Promise<void> {
    const { accounts, throttle, mailer, clock } = this.#context
    const link = this.#linker()
    await throttle.enter('forgot', email, address)
    this.#tasks.run('password reset', async () => {
      for (const account of await accounts.findByEmail(email, slug ?? null)) {
        if (account.status !== 'active') continue
        const { secret, hash } = newSecret('pr')
        const expiresAt = clock.now() + resetMs
        const { tenantId, id: userId } = account
        await accounts.saveToken({
          hash,
          purpose: 'password-reset',
          tenantId,
          userId,
          data: null,
          expiresAt,
        })
        mailer.send('password-reset', account.email, {
          name: account.name,
          resetUrl: link(`/reset-password#token=${secret}`),
          expiryTime: `${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
        })
      }
    })
  }

  async resetPassword(
    { token, password }: { readonly token: string; readonly password: string },
    address: string,
  ): Promise<Account> {
    return this.#byLink('password-reset', token, password, address)
  }

  async acceptInvitation(
    asked: {
      readonly token: string
      readonly password: string
      readonly transport: Transport
    },
    address: string,
  ): Promise<{ readonly tenant: Tenant; readonly opened: Opened }> {
    const account = await this.#byLink('invitation', asked.token, asked.password, address)
    const tenant = await this.activeTenant(account.tenantId)
    return { tenant, opened: await this.#context.sessions.open(account, asked.transport) }
  }

  async invite(
    inviter: { readonly tenantId: string; readonly role: Role; readonly name: string },
    asked: { readonly email: string; readonly name: string; readonly role: Role },
  ): Promise<{ readonly tenant: Tenant; readonly account: Account }> {
    const { accounts, mailer, clock } = this.#context
    const { tenantId } = inviter
    if (!roleCovers(inviter.role, asked.role))
      throw new GatewayError(accountErrors.role_not_allowed)
    const link = this.#linker()
    const tenant = await this.activeTenant(tenantId)
    const now = clock.now()
    const [known] = await accounts.findByEmail(asked.email, tenantId)
    if (known && known.status !== 'invited') throw new GatewayError(accountErrors.account_exists)
    const account = known
      ? await this.#invitedAgain(known, asked, inviter.role)
      : {
          id: newId('u'),
          tenantId,
          ...asked,
          status: 'invited' as const,
          origin: 'local' as const,
          createdAt: now,
          lastLoginAt: null,
        }
    if (!known) await this.#create({ ...account, passwordHash: null })
    const { secret, hash } = newSecret('inv')
    await accounts.saveToken({
      hash,
      purpose: 'invitation',
      tenantId,
      userId: account.id,
      data: null,
      expiresAt: now + invitationMs,
    })
    mailer.send('user-invitation', account.email, {
      name: account.name,
      email: account.email,
      inviterName: inviter.name,
      companyName: tenant.name,
      slug: tenant.id,
      loginUrl: link('/login'),
      inviteUrl: link(`/accept-invitation#token=${secret}`),
    })
    return { tenant, account }
  }

  async requireAccount(tenantId: string, userId: string): Promise<Account> {
    const account = await this.#context.accounts.find(tenantId, userId)
    if (!account) throw new GatewayError(accountErrors.user_not_found)
    return account
  }

  /** Throws a 403 unless it may be used: told only to who belongs to it. */
  async activeTenant(tenantId: string): Promise<Tenant> {
    const tenant = await this.requireTenant(tenantId)
    if (tenant.status !== 'active') throw new GatewayError(accountErrors.tenant_disabled)
    return tenant
  }

  async requireTenant(tenantId: string): Promise<Tenant> {
    const tenant = await this.#context.store.tenants.find(tenantId, tenantId)
    if (!tenant) throw new GatewayError(accountErrors.tenant_disabled)
    return tenant
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]()
  }

  async #byLink(
    purpose: 'invitation' | 'password-reset',
    secret: string,
    password: string,
    address: string,
  ): Promise<Account> {
    const { accounts, throttle, clock } = this.#context
    const forgive = await throttle.enter('link', null, address)
    const now = clock.now()
    const token = await accounts.readToken(hashOf(secret), purpose, now)
    const { tenantId, userId } = token ?? {}
    if (!tenantId || !userId) throw new GatewayError(accountErrors.invalid_token)
    const account = await this.requireAccount(tenantId, userId)
    // Before it is taken: a bad password must not cost the link.
    checkPassword(password, [account.email, account.name], 'password')
    if (!(await accounts.takeToken(hashOf(secret), purpose, now)))
      throw new GatewayError(accountErrors.invalid_token)
    await this.#setPassword(account, password)
    await forgive()
    return { ...account, status: 'active' }
  }

  async #setPassword({ tenantId, id }: Account, password: string): Promise<void> {
    const { accounts, passwords, clock, onChanged } = this.#context
    const hash = await passwords.hash(password)
    const options = { at: clock.now(), keepSession: null }
    const change = await accounts.setPassword(tenantId, id, hash, options)
    if (!change) throw new GatewayError(accountErrors.invalid_token)
    onChanged(change, tenantId)
  }

  async #invitedAgain(
    known: Account,
    { name, role }: { readonly name: string; readonly role: Role },
    by: Role,
  ): Promise<Account> {
    const { accounts, clock, onChanged } = this.#context
    const within = rolesWithin(by)
    const guard = { within, at: clock.now() }
    const result = await accounts.update(known.tenantId, known.id, { name, role }, guard)
    if (result.outcome === 'forbidden') throw new GatewayError(accountErrors.role_not_allowed)
    if (result.outcome === 'changed') onChanged(result.change, known.tenantId)
    return { ...known, name, role }
  }

  async #create(account: NewAccount): Promise<void> {
    const change = await this.#context.accounts.create(account)
    if (!change) throw new GatewayError(accountErrors.account_exists)
    this.#context.onChanged(change, account.tenantId)
  }

  #renewHash({ tenantId, id, passwordHash }: AccountWithPassword, password: string): void {
    const { accounts, passwords } = this.#context
    if (passwordHash === null || !passwords.isOutdated(passwordHash)) return
    this.#tasks.run('renew a password hash', async () => {
      await accounts.rehash(tenantId, id, passwordHash, await passwords.hash(password))
    })
  }

  #welcome({ name, email }: Pick<Account, 'name' | 'email'>, tenant: Tenant): void {
    // Whoever registered is there already, and needs no link.
    if (this.#context.config.linkBase === null) return
    this.#context.mailer.send('welcome', email, {
      name,
      email,
      companyName: tenant.name,
      slug: tenant.id,
      licenseType: tenant.tier,
      dashboardUrl: this.#linker()('/'),
    })
  }

  /** The secret is behind the #, which browsers send to no server and no `Referer` tells. */
  #linker(): (path: string) => string {
    const base = linkBaseOf(this.#context.config)
    return (path) => `${base}${path}`
  }
}

/** Roles that somebody of this one may give and touch. */
export function rolesWithin(role: Role): readonly Role[] {
  const all = ['owner', 'admin', 'project_admin', 'user', 'viewer', 'operator'] as const
  return all.filter((each) => roleCovers(role, each))
}

function slugTaken(): GatewayError {
  return new GatewayError(accountErrors.slug_taken, undefined, { param: 'slug' })
}
