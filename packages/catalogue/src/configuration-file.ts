import { NewToken } from '@sluice/contracts/http/routes/tokens'
import { AliasRow, ModelRow } from '@sluice/contracts/rows/model-row'
import { ProviderRow } from '@sluice/contracts/rows/provider-row'
import { RowName } from '@sluice/contracts/rows/row-name'
import { z } from 'zod'

/** What an id of the contracts may be. */
const id = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/, 'letters, digits and . _ - only')

const KeyInFile = z.strictObject({
  name: id,
  key: z.string().min(24, 'must have at least 24 characters'),
  tenant: id.default('default'),
  project: id.default('default'),
  models: z.array(z.string()).optional(),
  ...NewToken.pick({
    role: true,
    scopes: true,
    limits: true,
    budget: true,
    ip_allow: true,
    max_body_bytes: true,
  }).shape,
})

/** `sluice.yaml` as docs/configuration.md describes it. Unknown members are errors: a typo must not be silently ignored. */
export const ConfigurationFile = z.strictObject({
  providers: z.array(ProviderRow).default([]),
  models: z.array(ModelRow).default([]),
  aliases: z.record(RowName, AliasRow).default({}),
  keys: z.array(KeyInFile).default([]),
  default_model: z.string().optional(),
})
export type ConfigurationFile = z.infer<typeof ConfigurationFile>
