import { z } from 'zod'
import { KeyId, ProjectId, TenantId, UserId } from './ids.ts'

/** Who makes a call, as `auth` decided it. Travels with every generation, so later steps never ask again. */
export const Caller = z.object({
  tenantId: TenantId,
  projectId: ProjectId,
  keyId: KeyId,
  /** Whose key or session it is; null = nobody's in particular. */
  userId: UserId.nullable().default(null),
  /** Human name of the key: what logs and reports show. */
  keyName: z.string(),
  /** Globs over model names this key may use; null = every model of the tenant. */
  models: z.array(z.string()).nullable(),
})
export type Caller = z.infer<typeof Caller>

/** What the sessions of a person are called where a key is expected; a change of it is a change of whatever they own. */
export function sessionKeyId(userId: string): string {
  return `${sessionPrefix}${userId}`.slice(0, 64)
}

/** What is left of the id of a key when the person whose it was is erased: that of a session has their id in it. */
export function keyIdWithoutPerson(keyId: string): string {
  return keyId.startsWith(sessionPrefix) ? 'session' : keyId
}

const sessionPrefix = 'session-'
