import type { Role } from '@sluice/contracts/access'

/** What each role may hand on: nothing that it may not do itself. */
const covered: Readonly<Record<Role, readonly Role[]>> = {
  owner: ['owner', 'admin', 'project_admin', 'user', 'viewer', 'operator'],
  admin: ['admin', 'project_admin', 'user', 'viewer', 'operator'],
  project_admin: ['project_admin', 'user'],
  user: ['user'],
  viewer: ['viewer'],
  operator: ['operator'],
}

export function roleCovers(outer: Role, inner: Role): boolean {
  return covered[outer].includes(inner)
}

/** Sees everything of its tenant, in whatever project it is. */
export function isTenantWide(role: Role): boolean {
  return role === 'owner' || role === 'admin'
}
