import { join } from 'node:path'
import { TokenAlgorithm } from '@sluice/contracts/rpc/token-issuers'
import { Role } from '@sluice/contracts/access'
import { TenantId } from '@sluice/contracts/ids'
import {
  configurationError,
  type Environment,
  envFlag,
  envInt,
  envList,
  envText,
  readEnvironment,
} from '@sluice/kernel/env'
import { type MailConfig, readMailConfig } from '@sluice/mail/config'
import { readOutboundPolicy } from '@sluice/outbound-guard/config'
import { z } from 'zod'
import { problemOf } from './accounts/password-policy.ts'

/** Accounts of people: how they sign in, whose tokens are taken. */
export const environment = z.object({
  NODE_ENV: envText.default('development').describe('production wants a signing key of its own'),
  DATA_DIR: envText
    .default('./data')
    .describe('folder of the signing key that is made outside production'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'address clients use: links in mail begin with it (without it production sends none); https makes cookies secure',
    ),
  TLS_CERT_PATH: envText.optional().describe('with it the gateway itself speaks TLS'),
  USER_AUTH_ENABLED: envFlag(true)
    .optional()
    .describe(
      'let people sign in (default: true; in production where JWT_PRIVATE_KEY_PATH is set)',
    ),
  USER_SESSION_TTL_SECONDS: envInt(43_200, 60).describe(
    'a session that a browser holds in cookies ends after it',
  ),
  REGISTRATION_MODE: z
    .enum(['open', 'beta', 'disabled'])
    .default('open')
    .describe('whether anybody may register a company; beta: an operator enables each first'),
  BOOTSTRAP_ORG_NAME: envText.optional().describe('name of the default company'),
  BOOTSTRAP_ADMIN_EMAIL: z
    .email()
    .optional()
    .describe('owner of the default company, made at the first start'),
  BOOTSTRAP_ADMIN_PASSWORD: envText.optional().describe('its first password; a later change stays'),
  BOOTSTRAP_ADMIN_NAME: envText.default('Administrator').describe('its name'),
  JWT_PRIVATE_KEY_PATH: envList
    .optional()
    .describe(
      'PEM files with an Ed25519 or P-256 key each, separated by commas: the first signs, all verify (outside production made in DATA_DIR)',
    ),
  JWT_ISSUER: envText.optional().describe('iss of own tokens (default: PUBLIC_URL, or sluice)'),
  JWT_AUDIENCE: envText.default('sluice').describe('aud of own tokens'),
  JWT_ACCESS_TTL_SECONDS: envInt(900, 30, 900).describe('how long an access token is good'),
  JWT_REFRESH_TTL_SECONDS: envInt(604_800, 60).describe('how long a refresh token may lie unused'),
  JWT_TRUSTED_ISSUERS_JSON: envText
    .optional()
    .describe(
      'issuers whose tokens are taken: a list of {issuer, audience, jwks_url, algorithms, tenant | tenant_claim, …}',
    ),
  OIDC_PROVIDERS_JSON: envText
    .optional()
    .describe(
      'where people may sign in instead: a list of {name, issuer, client_id, client_secret, tenant | tenant_claim, …}',
    ),
})

const name = z.string().min(1).max(200)

/** What of an issuer decides whose account it is. */
const mapping = {
  tenant: TenantId.optional(),
  tenant_claim: name.optional(),
  role_claim: name.optional(),
  default_role: Role.exclude(['owner']).default('user'),
  /** Roles that the claim may give. */
  roles: z.array(Role).default(['admin', 'project_admin', 'user', 'viewer', 'operator']),
  groups_claim: name.optional(),
  email_claim: name.default('email'),
  name_claim: name.default('name'),
}

const oneTenant = (entry: { tenant?: string | undefined; tenant_claim?: string | undefined }) =>
  (entry.tenant === undefined) !== (entry.tenant_claim === undefined)

const webUrl = z.url({ protocol: /^https?$/ })

const TrustedIssuer = z
  .strictObject({
    issuer: z.string().min(1).max(512),
    audience: z.union([name, z.array(name).min(1)]),
    jwks_url: webUrl,
    algorithms: z.array(TokenAlgorithm).min(1).default(['RS256']),
    ...mapping,
  })
  .refine(oneTenant, 'takes either tenant or tenant_claim')
export type TrustedIssuer = z.infer<typeof TrustedIssuer>

const OidcProvider = z
  .strictObject({
    /** Part of addresses. */
    name: z.string().regex(/^[a-z0-9-]{1,32}$/, 'lower-case letters, digits and hyphens'),
    issuer: webUrl,
    client_id: name,
    client_secret: name.optional(),
    scopes: z.string().max(500).default('openid email profile'),
    ...mapping,
  })
  .refine(oneTenant, 'takes either tenant or tenant_claim')
export type OidcProvider = z.infer<typeof OidcProvider>

/** What a foreign issuer says becomes by it an account of ours. */
export type ForeignMapping = Pick<TrustedIssuer, 'issuer' | keyof typeof mapping>

export interface AccountsConfig {
  readonly publicUrl: string | null
  /** What links in mail and redirects begin with: `publicUrl`, outside production else this machine. Null: there are none. */
  readonly linkBase: string | null
  readonly secureCookies: boolean
  readonly production: boolean
  readonly registration: 'open' | 'beta' | 'disabled'
  readonly sessionTtlMs: number
  readonly accessTtlMs: number
  readonly refreshTtlMs: number
  readonly issuer: string
  readonly audience: string
  /** Null = made in `devKeyPath`. */
  readonly keyPaths: readonly string[] | null
  readonly devKeyPath: string
  readonly trustedIssuers: readonly TrustedIssuer[]
  readonly oidcProviders: readonly OidcProvider[]
  /** Hosts that an OpenID provider may name although they are private. */
  readonly outboundAllowedHosts: readonly string[]
  readonly bootstrap: {
    readonly organisation: string | null
    readonly email: string
    readonly password: string
    readonly name: string
  } | null
  readonly mail: MailConfig
}

/** Null: nobody signs in here. Foreign tokens need no accounts, but the same switch. */
export function readAccountsConfig(env: Environment): AccountsConfig | null {
  const values = readEnvironment(environment, env)
  const production = values.NODE_ENV === 'production'
  const keyPaths = values.JWT_PRIVATE_KEY_PATH ?? null
  const asked = env['USER_AUTH_ENABLED'] ? values.USER_AUTH_ENABLED : undefined
  const problems: string[] = []
  const trustedIssuers = readList(
    'JWT_TRUSTED_ISSUERS_JSON',
    values.JWT_TRUSTED_ISSUERS_JSON,
    TrustedIssuer,
    problems,
  )
  const { OIDC_PROVIDERS_JSON: providers } = values
  const oidcProviders = readList('OIDC_PROVIDERS_JSON', providers, OidcProvider, problems)
  if (new Set(oidcProviders.map((each) => each.name)).size < oidcProviders.length)
    problems.push('OIDC_PROVIDERS_JSON: a name is there twice')
  const bootstrap = readBootstrap(values, problems)
  const wanted = trustedIssuers.length + oidcProviders.length > 0 || bootstrap !== null
  const enabled = asked ?? (!production || keyPaths !== null || wanted)
  if (enabled && production && keyPaths === null) {
    problems.push(
      'JWT_PRIVATE_KEY_PATH: must be set in production where people sign in (openssl genpkey -algorithm ed25519 makes a key), or USER_AUTH_ENABLED=false',
    )
  }
  const issuer = values.JWT_ISSUER ?? values.PUBLIC_URL ?? 'sluice'
  const issuers = [issuer, ...trustedIssuers.map((each) => each.issuer)]
  if (new Set(issuers).size < issuers.length)
    problems.push('JWT_TRUSTED_ISSUERS_JSON: an issuer is there twice, or is JWT_ISSUER')
  if (problems.length > 0) throw configurationError(problems)
  if (!enabled) return null
  const publicUrl = values.PUBLIC_URL?.replace(/\/+$/, '') ?? null
  return {
    publicUrl,
    linkBase: publicUrl ?? (production ? null : 'http://localhost:3000'),
    secureCookies:
      values.PUBLIC_URL?.startsWith('https:') === true || values.TLS_CERT_PATH !== undefined,
    production,
    registration: values.REGISTRATION_MODE,
    sessionTtlMs: values.USER_SESSION_TTL_SECONDS * 1_000,
    accessTtlMs: values.JWT_ACCESS_TTL_SECONDS * 1_000,
    refreshTtlMs: values.JWT_REFRESH_TTL_SECONDS * 1_000,
    issuer,
    audience: values.JWT_AUDIENCE,
    keyPaths,
    devKeyPath: join(values.DATA_DIR, 'jwt-key.pem'),
    trustedIssuers,
    oidcProviders,
    outboundAllowedHosts: readOutboundPolicy(env).allowedHosts,
    bootstrap,
    mail: readMailConfig(env),
  }
}

function readBootstrap(
  values: z.infer<typeof environment>,
  problems: string[],
): AccountsConfig['bootstrap'] {
  const { BOOTSTRAP_ADMIN_EMAIL: email, BOOTSTRAP_ADMIN_PASSWORD: password } = values
  if (email === undefined && password === undefined) return null
  if (email === undefined || password === undefined) {
    problems.push('BOOTSTRAP_ADMIN_EMAIL and BOOTSTRAP_ADMIN_PASSWORD: set both or neither')
    return null
  }
  const problem = problemOf(password.normalize('NFKC'), [email])
  if (problem !== null) problems.push(`BOOTSTRAP_ADMIN_PASSWORD: ${problem}`)
  const organisation = values.BOOTSTRAP_ORG_NAME ?? null
  return { organisation, email, password, name: values.BOOTSTRAP_ADMIN_NAME }
}

function readList<Item>(
  variable: string,
  text: string | undefined,
  item: z.ZodType<Item>,
  problems: string[],
): readonly Item[] {
  if (text === undefined) return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    problems.push(`${variable}: is not JSON`)
    return []
  }
  const parsed = z.array(item).max(50).safeParse(value)
  if (parsed.success) return parsed.data
  for (const { path, message } of parsed.error.issues)
    problems.push(`${variable}: ${path.join('.') || 'it'}: ${message}`)
  return []
}
