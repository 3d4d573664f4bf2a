import { z } from 'zod'
import { AliasRow, ModelRow } from './model-row.ts'
import { ProviderRow } from './provider-row.ts'

/** Whose a row is: a tenant's, which no other sees, or everybody's (null). */
const tenant = z.string().nullable()

/** A credential as it is kept and as it travels: what opens it is with who calls the provider, and nowhere else. */
export const SealedAuth = z.object({
  /** A `ProviderAuthRow` as JSON, sealed for its place. */
  sealed: z.string(),
  /** The same with nothing but the ends of its secrets: `••••1234`. */
  masked: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
})
export type SealedAuth = Readonly<z.infer<typeof SealedAuth>>

export const StoredProvider = z.object({
  tenant,
  row: ProviderRow.omit({ auth: true }),
  /** Null = it asks for none. */
  auth: SealedAuth.nullable(),
  /** Of a backend that registered itself, Unix ms; null = it stays until it is removed. */
  leaseEndsAt: z.int().nullable(),
  updatedAt: z.int(),
})
export type StoredProvider = Readonly<z.infer<typeof StoredProvider>>

export const StoredModel = z.object({ tenant, row: ModelRow, updatedAt: z.int() })
export type StoredModel = Readonly<z.infer<typeof StoredModel>>

export const StoredAlias = z.object({
  tenant,
  name: z.string(),
  row: AliasRow,
  updatedAt: z.int(),
})
export type StoredAlias = Readonly<z.infer<typeof StoredAlias>>

/** Providers, models and aliases that are kept in the database, beside those of the configuration file and the environment. */
export const StoredRows = z.object({
  providers: z.array(StoredProvider),
  models: z.array(StoredModel),
  aliases: z.array(StoredAlias),
})
export type StoredRows = Readonly<z.infer<typeof StoredRows>>

export const noStoredRows: StoredRows = Object.freeze({ providers: [], models: [], aliases: [] })
