import { Price } from '@sluice/contracts/price'
import { WireName } from '@sluice/contracts/wire-name'
import { z } from 'zod'

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

const BearerAuth = z.strictObject({
  type: z.literal('bearer'),
  key: z.union([key, z.array(key).min(1)]),
})
const NoAuth = z.strictObject({ type: z.literal('none') })
const HeaderAuth = z.strictObject({
  type: z.enum(['x-api-key', 'x-goog-api-key', 'api-key']),
  key: z.union([key, z.array(key).min(1)]),
})

/** Wires that this build can call; the others are refused by name rather than failing at the first request. */
const servedWires: readonly WireName[] = ['openai-chat', 'ollama']

const ProviderInFile = z.strictObject({
  name,
  wire: WireName.refine((wire) => servedWires.includes(wire), {
    error: `is not served by this version; one of ${servedWires.join(', ')}`,
  }),
  base_url: z.url({ protocol: /^https?$/ }),
  auth: z.discriminatedUnion('type', [BearerAuth, NoAuth, HeaderAuth]).default({ type: 'none' }),
  forward_headers: z.array(z.string()).default([]),
  pool: z.string().min(1).max(64).default('default'),
  options: z.strictObject({ abort_stops_billing: z.boolean().optional() }).default({}),
})

const ModelInFile = z.strictObject({
  name,
  provider: z.string(),
  upstream_model: z.string().min(1).optional(),
  price: z.union([z.literal('free'), PriceInFile]).optional(),
  capabilities: z.record(z.string(), z.union([z.boolean(), z.number()])).default({}),
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
