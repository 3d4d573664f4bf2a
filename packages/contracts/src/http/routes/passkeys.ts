import { z } from 'zod'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'
import { SessionView } from './accounts.ts'

const common = { owner: 'auth', tag: 'Passkeys' } as const
const aliases = (path: string) => [path.replace('/v1', ''), path.replace('/v1', '/api')]

/** As the browser's `toJSON()` gives it; read by the service, member by member. */
const Credential = z.looseObject({
  id: z.string().min(1).max(1_400),
  rawId: z.string().max(1_400),
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: z.string().max(10_000) }),
})
/** For `navigator.credentials`, in the JSON form of WebAuthn. */
const Options = z.looseObject({ challenge: z.string() })

export const PasskeyView = z.object({
  id: z.string(),
  name: z.string(),
  created_at: time,
  last_used_at: time.nullable(),
})

export const passkeyOptionsRoute = defineRoute({
  ...common,
  id: 'passkeys.options',
  method: 'POST',
  path: '/v1/auth/passkeys/options',
  aliases: aliases('/v1/auth/passkeys/options'),
  summary: 'What a browser needs to make a passkey',
  access: 'authenticated',
  status: 200,
  reply: Options,
  readOnly: true,
  errors: ['not_a_user', 'user_not_found', 'accounts_disabled'],
})

export const addPasskeyRoute = defineRoute({
  ...common,
  id: 'passkeys.add',
  method: 'POST',
  path: '/v1/auth/passkeys',
  aliases: aliases('/v1/auth/passkeys'),
  summary: 'Registers the passkey that was made',
  access: 'authenticated',
  body: z.strictObject({ name: z.string().trim().min(1).max(100), credential: Credential }),
  status: 201,
  reply: PasskeyView,
  errors: ['not_a_user', 'invalid_passkey', 'user_not_found', 'accounts_disabled'],
})

export const listPasskeysRoute = defineRoute({
  ...common,
  id: 'passkeys.list',
  method: 'GET',
  path: '/v1/auth/passkeys',
  aliases: aliases('/v1/auth/passkeys'),
  summary: 'One’s own passkeys',
  access: 'authenticated',
  status: 200,
  reply: pageOf(PasskeyView),
  errors: ['not_a_user', 'user_not_found', 'accounts_disabled'],
})

export const removePasskeyRoute = defineRoute({
  ...common,
  id: 'passkeys.remove',
  method: 'DELETE',
  path: '/v1/auth/passkeys/{id}',
  aliases: aliases('/v1/auth/passkeys/{id}'),
  summary: 'Removes one of them',
  access: 'authenticated',
  params: z.strictObject({ id: z.string().min(1).max(1_400) }),
  status: 204,
  errors: ['not_a_user', 'passkey_not_found', 'user_not_found', 'accounts_disabled'],
})

export const passkeyLoginOptionsRoute = defineRoute({
  ...common,
  id: 'passkeys.login-options',
  method: 'POST',
  path: '/v1/auth/passkeys/login/options',
  aliases: aliases('/v1/auth/passkeys/login/options'),
  summary: 'What a browser needs to sign in with a passkey; the same for everybody',
  access: 'public',
  status: 200,
  reply: Options,
  readOnly: true,
  errors: ['too_many_attempts', 'accounts_disabled'],
})

export const passkeyLoginRoute = defineRoute({
  ...common,
  id: 'passkeys.login',
  method: 'POST',
  path: '/v1/auth/passkeys/login',
  aliases: aliases('/v1/auth/passkeys/login'),
  summary: 'Signs in with a passkey',
  access: 'public',
  body: z.strictObject({
    credential: Credential,
    transport: z.enum(['both', 'cookie', 'token']).default('both'),
  }),
  status: 200,
  reply: SessionView,
  errors: ['invalid_passkey', 'invalid_credentials', 'tenant_disabled', 'accounts_disabled'],
})

export const passkeyRoutes: readonly Route[] = [
  passkeyOptionsRoute,
  addPasskeyRoute,
  listPasskeysRoute,
  removePasskeyRoute,
  passkeyLoginOptionsRoute,
  passkeyLoginRoute,
]
