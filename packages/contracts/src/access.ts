import { z } from 'zod'
import { Limit } from './limits.ts'

/**
 * What somebody may do in a tenant, from most to least: `owner` everything in it; `admin` everything but the tenant itself and its owners;
 * `project_admin` what is in their projects; `user` inference and their own keys; `viewer` looks; `operator` looks at and mends what runs
 * (providers, health, registry), without seeing content or people.
 */
export const Role = z.enum(['owner', 'admin', 'project_admin', 'user', 'viewer', 'operator'])
export type Role = z.infer<typeof Role>

/** What a caller may do, beside who it is: decided by `auth` with the credential, known to the edge as long as that. Never travels with a generation. */
export const Access = z.object({
  role: Role,
  /** May do what is above tenants: make them, change their licences. `AUTH_TOKEN` may. */
  platform: z.boolean().default(false),
  /** Globs over canonical routes (`/v1/embeddings`) that the key is for; null = all that its role may call. */
  scopes: z.array(z.string()).nullable().default(null),
  /** Address ranges in CIDR form it may come from; null = any. */
  ipAllow: z.array(z.string()).nullable().default(null),
  /** Largest body, bytes; null = that of the route. */
  maxBodyBytes: z.int().positive().nullable().default(null),
  /** Name of the licence tier that counts. */
  tier: z.string().default('enterprise'),
  /** Feature flags of the licence (`LLM_CHAT`); null = all. */
  features: z.array(z.string()).nullable().default(null),
  /** Share of the queue, where several tenants wait. */
  weight: z.int().min(1).max(100).default(1),
  /** Whatever its calls count against. */
  limits: z.array(Limit).default([]),
})
export type Access = z.infer<typeof Access>

/** Of a key without any policy. */
export const fullAccess: Access = Object.freeze(Access.parse({ role: 'owner' }))
