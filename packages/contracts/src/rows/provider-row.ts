import { z } from 'zod'
import { WireName } from '../wire-name.ts'
import { RowName } from './row-name.ts'
import { TraitsRow } from './traits-row.ts'

/*
 * A provider as people write it, in `sluice.yaml` and over HTTP alike. What is written is kept as it is, so that it can be shown and changed;
 * what absent members mean is decided where a row is put to use.
 */

const key = z.string().min(1, 'is empty: is the environment variable set?').max(16_384)

/** Who we are to it; a list of keys is a pool. */
export const ProviderAuthRow = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bearer'), key: z.union([key, z.array(key).min(1).max(100)]) }),
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.enum(['x-api-key', 'x-goog-api-key', 'api-key']),
    key: z.union([key, z.array(key).min(1).max(100)]),
  }),
  z.strictObject({ type: z.literal('google-oauth'), credentials_file: key }),
  z.strictObject({
    type: z.literal('aws-sigv4'),
    access_key_id: key,
    secret_access_key: key,
    session_token: key.optional(),
  }),
])
export type ProviderAuthRow = z.infer<typeof ProviderAuthRow>

/** Becomes part of an address: nothing that could end a path member or a host name. */
const addressPart = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.:-]{0,127}$/, 'letters, digits and . _ : - only')

const OptionsRow = z.strictObject({
  abort_stops_billing: z.boolean().optional(),
  api_version: addressPart.optional(),
  project: addressPart.optional(),
  location: addressPart.optional(),
  region: addressPart.optional(),
})

/** A certificate goes with its key. */
const TlsRow = z
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

export const ProviderRow = z.strictObject({
  name: RowName,
  /** False: the row and its models are not there. */
  enabled: z.boolean().optional(),
  wire: WireName,
  /** Further dialects at the same base URL. */
  also_speaks: z.array(WireName).optional(),
  /** Whose table of traits counts, where the address does not say it. */
  vendor: z.string().min(1).max(64).optional(),
  /** What precedes the wire's fixed path, as the vendor's own SDK takes it. */
  base_url: z.url({ protocol: /^https?$/ }),
  auth: ProviderAuthRow.optional(),
  /** Sent with every call. */
  headers: z.record(headerName, headerValue).optional(),
  /** Globs over caller header names that it may see, beside those of its wire. */
  forward_headers: z.array(z.string()).optional(),
  /** Paths of PEM files. */
  tls: TlsRow.optional(),
  traits: TraitsRow.optional(),
  /** Calls at once from one process. */
  max_concurrent: z.int().positive().optional(),
  queue_max: z.int().min(0).optional(),
  queue_timeout_ms: z.int().min(0).optional(),
  pool: z.string().min(1).max(64).optional(),
  options: OptionsRow.optional(),
})
export type ProviderRow = Readonly<z.infer<typeof ProviderRow>>
