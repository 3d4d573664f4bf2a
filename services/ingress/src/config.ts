import { envFlag, envInt, envList, type Environment, readEnvironment } from '@sluice/kernel/env'
import { OnDisconnect } from '@sluice/contracts/generation/generation-request'
import { z } from 'zod'
import type { AddressLimit } from './http/address-bucket.ts'
import { parseRange } from './http/client-address.ts'

/** `https://app.example.com`, `https://*.example.com`, both with an optional port. A bare `*` is refused on purpose. */
const origin = z
  .string()
  .regex(
    /^https?:\/\/(\*\.)?[a-z0-9.-]+(:\d+)?$/,
    'must be origins such as https://app.example.com or https://*.example.com',
  )

const ranges = envList
  .pipe(
    z.array(
      z.string().refine((text) => parseRange(text) !== null, 'must be addresses or CIDR ranges'),
    ),
  )
  .prefault('')

export const environment = z.object({
  MAX_INFERENCE_BYTES: envInt(33_554_432, 1_024).describe('largest body of an inference call'),
  MAX_REQUEST_BYTES: envInt(10_000_000, 1_024).describe('largest body of any other request'),
  GENERATION_DEADLINE_MS: envInt(900_000, 1_000).describe('a generation ends as expired after it'),
  SHUTDOWN_TIMEOUT_MS: envInt(300_000).describe('time for open answers to end on shutdown'),
  INGRESS_KEEP_ALIVE_MS: envInt(15_000, 10).describe(
    'silence on an open stream after which a comment keeps proxies from closing it',
  ),
  INGRESS_STALL_TIMEOUT_MS: envInt(30_000, 10).describe(
    'a client that takes nothing of what was written for so long is cut off',
  ),
  INGRESS_DISCONNECT_GRACE_MS: envInt(30_000).describe(
    'how long a generation goes on without its client when that may come back',
  ),
  INGRESS_ON_DISCONNECT: OnDisconnect.optional().describe(
    'what becomes of a call whose client leaves and that does not say so itself (default: by the signs it shows)',
  ),
  TRUST_PROXY_CIDRS: ranges.describe(
    'proxies whose X-Forwarded-For is believed, in CIDR form, separated by commas',
  ),
  IP_ALLOWLIST: ranges.describe('who may call at all, in CIDR form (default: anybody)'),
  RATE_LIMIT_ENABLED: envFlag(true).describe('slow down addresses that call without a good key'),
  RATE_LIMIT_IP_MAX: envInt(100, 1).describe('calls without a good key per address and window'),
  RATE_LIMIT_IP_WINDOW_MS: envInt(60_000, 100).describe('length of that window'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('address clients use; https switches HSTS on'),
  CONVERSATIONS: z
    .enum(['all', 'off'])
    .default('all')
    .describe(
      'all: what callers ask and models answer becomes facts of gateway_conversations, responses of gateway_checkpoints; off: nobody keeps it',
    ),
  CORS_ENABLED: envFlag(false).describe('let web pages of other origins call the API'),
  CORS_ALLOWED_ORIGINS: envList
    .pipe(z.array(origin))
    .prefault('')
    .describe('allowed origins, separated by commas; *. stands for any subdomain'),
  CORS_MAX_AGE: envInt(86_400).describe('seconds a browser may keep a preflight answer'),
})

export interface IngressConfig {
  readonly maxInferenceBytes: number
  readonly maxRequestBytes: number
  readonly deadlineMs: number
  readonly shutdownTimeoutMs: number
  readonly keepAliveMs: number
  readonly stallTimeoutMs: number
  readonly disconnectGraceMs: number
  /** Null = by the signs that a call shows. */
  readonly onDisconnect: OnDisconnect | null
  /** In CIDR form. */
  readonly trustedProxies: readonly string[]
  /** In CIDR form; null = anybody. */
  readonly ipAllowlist: readonly string[] | null
  /** Null = off. */
  readonly addressLimit: AddressLimit | null
  /** Clients reach the gateway over TLS, ended here or by a proxy. */
  readonly publicTls: boolean
  /** Of PUBLIC_URL; null without it: then a page is ours when it has the address it calls. */
  readonly publicOrigin: string | null
  /** What is asked and answered becomes facts. */
  readonly keepConversations: boolean
  /** Null = off. */
  readonly cors: CorsConfig | null
}

export interface CorsConfig {
  readonly allowedOrigins: readonly string[]
  readonly maxAgeSeconds: number
}

export function readIngressConfig(env: Environment): IngressConfig {
  const values = readEnvironment(environment, env)
  return {
    maxInferenceBytes: values.MAX_INFERENCE_BYTES,
    maxRequestBytes: values.MAX_REQUEST_BYTES,
    deadlineMs: values.GENERATION_DEADLINE_MS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    keepAliveMs: values.INGRESS_KEEP_ALIVE_MS,
    stallTimeoutMs: values.INGRESS_STALL_TIMEOUT_MS,
    disconnectGraceMs: values.INGRESS_DISCONNECT_GRACE_MS,
    onDisconnect: values.INGRESS_ON_DISCONNECT ?? null,
    trustedProxies: values.TRUST_PROXY_CIDRS,
    ipAllowlist: values.IP_ALLOWLIST.length > 0 ? values.IP_ALLOWLIST : null,
    addressLimit: values.RATE_LIMIT_ENABLED
      ? { max: values.RATE_LIMIT_IP_MAX, windowMs: values.RATE_LIMIT_IP_WINDOW_MS }
      : null,
    publicTls: values.PUBLIC_URL?.startsWith('https:') ?? false,
    publicOrigin: values.PUBLIC_URL === undefined ? null : new URL(values.PUBLIC_URL).origin,
    keepConversations: values.CONVERSATIONS === 'all',
    cors: values.CORS_ENABLED
      ? { allowedOrigins: values.CORS_ALLOWED_ORIGINS, maxAgeSeconds: values.CORS_MAX_AGE }
      : null,
  }
}
