import { z } from 'zod'

/**
 * Names one accepted inference call, its generation and its bill. A UUIDv7 made by the gateway (never by a caller),
 * returned as `x-request-id`. Time-ordered, so that the ledger's unique index is appended to, not scattered over.
 */
export const RequestId = z.uuid().brand<'RequestId'>()
export type RequestId = z.infer<typeof RequestId>

const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)

export const TenantId = name.brand<'TenantId'>()
export type TenantId = z.infer<typeof TenantId>

export const ProjectId = name.brand<'ProjectId'>()
export type ProjectId = z.infer<typeof ProjectId>

/** Names an API key without revealing it: safe in logs, rows and events. */
export const KeyId = name.brand<'KeyId'>()
export type KeyId = z.infer<typeof KeyId>

/** A person with an account. Keys that no person owns have none. */
export const UserId = name.brand<'UserId'>()
export type UserId = z.infer<typeof UserId>
