import { z } from 'zod'
import { Role } from '../../access.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'

/** People in all three places where clients look for them. */
function accountAliases(path: string): string[] {
  return [path.replace('/v1', ''), path.replace('/v1', '/api')]
}

const Email = z.email().max(254)
/** Its rules are the service's: a password that is too short to be one is still told in its words. */
const Password = z.string().min(1).max(1_024)
const Name = z.string().trim().min(1).max(100)
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$/, 'lower-case letters, digits and hyphens, 2 to 40')
const OneTimeSecret = z.string().min(1).max(200)

/** `cookie` leaves the tokens out of the body, `token` leaves the cookies out. */
const transport = z.enum(['both', 'cookie', 'token']).default('both')

export const AccountView = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: Role,
  status: z.enum(['active', 'invited', 'disabled']),
  origin: z.enum(['local', 'external']),
  tenant: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
  created_at: time,
  last_login_at: time.nullable(),
})
export type AccountView = z.infer<typeof AccountView>

export const SessionView = z.object({
  user: AccountView,
  access_token: z.string().optional(),
  token_type: z.literal('Bearer').optional(),
  /** Seconds. */
  expires_in: z.int(),
  refresh_token: z.string().optional(),
  /** For the header `x-csrf-token` of calls that are authenticated by cookie. */
  csrf_token: z.string(),
})
export type SessionView = z.infer<typeof SessionView>

const common = { owner: 'auth', tag: 'Accounts' } as const

export const registerRoute = defineRoute({
  ...common,
  id: 'auth.register',
  secret: true,
  method: 'POST',
  path: '/v1/auth/register',
  aliases: accountAliases('/v1/auth/register'),
  summary: 'A new company with its owner, who is signed in',
  access: 'public',
  body: z.strictObject({
    company: Name,
    slug: Slug,
    name: Name,
    email: Email,
    password: Password,
    transport,
  }),
  status: 201,
  reply: SessionView.partial({ csrf_token: true, expires_in: true }).extend({
    /** `pending`: an operator has to enable the company first. */
    state: z.enum(['active', 'pending']),
  }),
  errors: [
    'registration_disabled',
    'slug_taken',
    'weak_password',
    'too_many_attempts',
    'sign_in_busy',
    'accounts_disabled',
  ],
})

export const loginRoute = defineRoute({
  ...common,
  id: 'auth.login',
  secret: true,
  method: 'POST',
  path: '/v1/auth/login',
  aliases: accountAliases('/v1/auth/login'),
  summary: 'Signs in with e-mail address and password',
  access: 'public',
  body: z.strictObject({
    email: Email,
    password: Password,
    slug: Slug.optional(),
    transport,
  }),
  status: 200,
  reply: SessionView,
  errors: [
    'invalid_credentials',
    'too_many_attempts',
    'tenant_disabled',
    'sign_in_busy',
    'accounts_disabled',
  ],
})

export const refreshRoute = defineRoute({
  ...common,
  id: 'auth.refresh',
  secret: true,
  method: 'POST',
  path: '/v1/auth/refresh',
  aliases: accountAliases('/v1/auth/refresh'),
  summary: 'New tokens for a refresh token, given in the body or as a cookie; each is good once',
  access: 'public',
  body: z.strictObject({ refresh_token: OneTimeSecret.optional() }).nullable().default(null),
  status: 200,
  reply: SessionView,
  readOnly: true,
  errors: ['invalid_session', 'csrf_failed', 'tenant_disabled', 'accounts_disabled'],
})

export const logoutRoute = defineRoute({
  ...common,
  id: 'auth.logout',
  method: 'POST',
  path: '/v1/auth/logout',
  aliases: accountAliases('/v1/auth/logout'),
  summary:
    'Ends the session of the refresh token, or every session of whoever has only an access token',
  access: 'public',
  body: z
    .strictObject({
      refresh_token: OneTimeSecret.optional(),
      everywhere: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  status: 204,
  errors: ['csrf_failed', 'not_a_user', 'accounts_disabled'],
})

export const meRoute = defineRoute({
  ...common,
  id: 'auth.me',
  method: 'GET',
  path: '/v1/auth/me',
  aliases: accountAliases('/v1/auth/me'),
  summary: 'Who this credential is, and what it may do',
  access: 'authenticated',
  status: 200,
  reply: z.object({
    /** Null: a key of nobody in particular. */
    user: AccountView.nullable(),
    tenant: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
    project_id: z.string(),
    key: z.object({ id: z.string(), name: z.string() }),
    role: Role,
    platform: z.boolean(),
    tier: z.string(),
    features: z.array(z.string()).nullable(),
  }),
  errors: ['tenant_disabled', 'accounts_disabled'],
})

export const changePasswordRoute = defineRoute({
  ...common,
  id: 'auth.change-password',
  secret: true,
  method: 'POST',
  path: '/v1/auth/password',
  aliases: accountAliases('/v1/auth/password'),
  summary: 'A new password; every session ends, and a new one begins',
  access: 'authenticated',
  body: z.strictObject({ current_password: Password, new_password: Password, transport }),
  status: 200,
  reply: SessionView,
  errors: [
    'invalid_credentials',
    'weak_password',
    'not_a_user',
    'too_many_attempts',
    'sign_in_busy',
    'invalid_token',
    'user_not_found',
    'tenant_disabled',
    'accounts_disabled',
  ],
})

export const forgotPasswordRoute = defineRoute({
  ...common,
  id: 'auth.forgot-password',
  method: 'POST',
  path: '/v1/auth/password/forgot',
  aliases: accountAliases('/v1/auth/password/forgot'),
  summary:
    'Mails a link to whoever has an account with this address; the answer is the same in any case',
  access: 'public',
  body: z.strictObject({ email: Email, slug: Slug.optional() }),
  status: 202,
  reply: z.object({ message: z.string() }),
  readOnly: true,
  errors: ['too_many_attempts', 'public_url_missing', 'accounts_disabled'],
})

export const resetPasswordRoute = defineRoute({
  ...common,
  id: 'auth.reset-password',
  secret: true,
  method: 'POST',
  path: '/v1/auth/password/reset',
  aliases: accountAliases('/v1/auth/password/reset'),
  summary: 'A new password by the link of the mail; every session ends',
  access: 'public',
  body: z.strictObject({ token: OneTimeSecret, password: Password }),
  status: 204,
  errors: [
    'invalid_token',
    'weak_password',
    'too_many_attempts',
    'sign_in_busy',
    'user_not_found',
    'accounts_disabled',
  ],
})

export const inviteRoute = defineRoute({
  ...common,
  id: 'auth.invite',
  secret: true,
  method: 'POST',
  path: '/v1/auth/invitations',
  aliases: accountAliases('/v1/auth/invitations'),
  summary:
    'Mails somebody a link to join the company; once more sends another link, and the last one counts',
  access: { roles: ['owner', 'admin'] },
  body: z.strictObject({ email: Email, name: Name, role: Role.default('user') }),
  status: 201,
  reply: AccountView,
  errors: [
    'account_exists',
    'role_not_allowed',
    'public_url_missing',
    'tenant_disabled',
    'accounts_disabled',
  ],
})

export const acceptInvitationRoute = defineRoute({
  ...common,
  id: 'auth.accept-invitation',
  secret: true,
  method: 'POST',
  path: '/v1/auth/invitations/accept',
  aliases: accountAliases('/v1/auth/invitations/accept'),
  summary: 'Chooses a password by the link of the invitation, and is signed in',
  access: 'public',
  body: z.strictObject({ token: OneTimeSecret, password: Password, transport }),
  status: 200,
  reply: SessionView,
  errors: [
    'invalid_token',
    'weak_password',
    'too_many_attempts',
    'sign_in_busy',
    'user_not_found',
    'tenant_disabled',
    'accounts_disabled',
  ],
})

export const keySetRoute = defineRoute({
  ...common,
  id: 'auth.jwks',
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'The public keys of our own access tokens (JWK set)',
  access: 'public',
  status: 200,
  reply: z.object({ keys: z.array(z.record(z.string(), z.string())) }),
  errors: ['accounts_disabled'],
})

export const accountRoutes: readonly Route[] = [
  registerRoute,
  loginRoute,
  refreshRoute,
  logoutRoute,
  meRoute,
  changePasswordRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  inviteRoute,
  acceptInvitationRoute,
  keySetRoute,
]
