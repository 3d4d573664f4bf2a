import { noTraits, Traits } from '@sluice/contracts/generation/traits'
import { Price } from '@sluice/contracts/price'
import { WireName } from '@sluice/contracts/wire-name'
import { z } from 'zod'
import { Capabilities } from './capabilities.ts'

/** Prices are written as YAML numbers; they become exact decimal strings before any arithmetic. */
const decimal = z
  .union([z.number().min(0).max(1e9), z.string()])
  .transform((value) => (typeof value === 'number' ? plainDecimal(value) : value))

/** `1e-7` and the like, as a plain decimal. */
function plainDecimal(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text
}

const priceFields = Object.fromEntries(
  Object.entries(Price.shape).map(([name, field]) => [
    name,
    field instanceof z.ZodOptional ? decimal.optional() : decimal,
  ]),
)
const PriceInFile = z.strictObject(priceFields).pipe(Price)

const name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-zA-Z0-9][\w./@:-]*$/, 'letters, digits and . _ - / @ : only')

const key = z.string().min(1, 'is empty: is the environment variable set?')
const keys = z.union([key, z.array(key).min(1)])

const AuthInFile = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bearer'), key: keys }),
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.enum(['x-api-key', 'x-goog-api-key', 'api-key']), key: keys }),
  z.strictObject({ type: z.literal('google-oauth'), credentials_file: key }),
  z.strictObject({
    type: z.literal('aws-sigv4'),
    access_key_id: key,
    secret_access_key: key,
    session_token: key.optional(),
  }),
])

/** Becomes part of an address: nothing that could end a path member or a host name. */
const addressPart = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.:-]{0,127}$/, 'letters, digits and . _ : - only')

const OptionsInFile = z.strictObject({
  abort_stops_billing: z.boolean().optional(),
  api_version: addressPart.optional(),
  project: addressPart.optional(),
  location: addressPart.optional(),
  region: addressPart.optional(),
})

/** A certificate goes with its key. */
const TlsInFile = z
  .strictObject({
    ca: z.string().min(1).optional(),
    cert: z.string().min(1).optional(),
    key: z.string().min(1).optional(),
    verify: z.boolean().default(true),
  })
  .refine(({ cert, key: ofCert }) => (cert === undefined) === (ofCert === undefined), {
    error: 'cert and key go together',
  })

const headerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'a header name in lower case')
  .refine((header) => !/^(host|content-.*|transfer-encoding|connection)$/.test(header), {
    error: 'is set by the gateway',
  })
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'plain ASCII only')

const TraitsInFile = z
  .strictObject({
    refuses: z.array(z.string()).optional(),
    max_tokens_name: Traits.shape.maxTokensName,
    default_max_tokens: Traits.shape.defaultMaxTokens,
    thinking: Traits.shape.thinking,
    prefill: z.boolean().optional(),
    stream_options: z.boolean().optional(),
    replays_reasoning: z.boolean().optional(),
    tool_call_id: Traits.shape.toolCallId,
    anthropic_version: z.string().optional(),
    anthropic_betas: z.array(z.string()).optional(),
  })
  .transform((written): Traits => {
    const camel = Object.entries(written).map(([member, value]) => [
      member.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ])
    return Object.fromEntries(camel) as Traits // the members above are its own, in another spelling
  })
  .default(noTraits)

const places = z.int().positive().optional()

const ProviderInFile = z.strictObject({
  name,
  enabled: z.boolean().default(true),
  wire: WireName,
  /** Further dialects at the same base URL. */
  also_speaks: z.array(WireName).default([]),
  vendor: z.string().min(1).optional(),
  base_url: z.url({ protocol: /^https?$/ }),
  auth: AuthInFile.default({ type: 'none' }),
  headers: z.record(headerName, headerValue).default({}),
  forward_headers: z.array(z.string()).default([]),
  tls: TlsInFile.optional(),
  traits: TraitsInFile,
  max_concurrent: places,
  queue_max: z.int().min(0).optional(),
  queue_timeout_ms: z.int().min(0).optional(),
  pool: z.string().min(1).max(64).default('default'),
  options: OptionsInFile.default({}),
})

const ModelInFile = z.strictObject({
  name,
  provider: z.string(),
  upstream_model: z.string().min(1).max(256).optional(),
  price: z.union([z.literal('free'), PriceInFile]).optional(),
  /** The day the price was looked up. */
  price_date: z.iso.date().optional(),
  capabilities: Capabilities.default({}),
  traits: TraitsInFile,
  max_total_tokens: z.int().positive().optional(),
  max_concurrent: places,
  fallbacks: z.array(z.string()).max(8).default([]),
})

const AliasInFile = z.strictObject({ model: z.string(), max_tokens: z.int().positive().optional() })

/** What an id of the contracts may be. */
const id = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/, 'letters, digits and . _ - only')

const KeyInFile = z.strictObject({
  name: id,
  key: z.string().min(24, 'must have at least 24 characters'),
  tenant: id.default('default'),
  project: id.default('default'),
  models: z.array(z.string()).optional(),
})

/** `sluice.yaml` as docs/configuration.md describes it. Unknown members are errors: a typo must not be silently ignored. */
export const ConfigurationFile = z.strictObject({
  providers: z.array(ProviderInFile).default([]),
  models: z.array(ModelInFile).default([]),
  aliases: z.record(name, AliasInFile).default({}),
  keys: z.array(KeyInFile).default([]),
  default_model: z.string().optional(),
})
export type ConfigurationFile = z.infer<typeof ConfigurationFile>
