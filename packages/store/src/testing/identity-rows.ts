import { hash } from 'node:crypto'
import type { Caller } from '@sluice/contracts/caller'
import type { NewKey } from '../auth-store.ts'
import type { Budget, Group, Policy, Project, Tenant } from '../tenancy.ts'
import { ownerPolicy } from '../tenancy.ts'

/* Rows with nothing particular about them, for tests. */

export const at = Date.UTC(2026, 0, 2)

export function newKey(keyId: string, changes: Partial<NewKey & Caller> = {}): NewKey {
  const { tenantId, projectId, userId, keyName, models, ...rest } = changes
  const caller = {
    tenantId: tenantId ?? 'default',
    projectId: projectId ?? 'default',
    keyId,
    userId: userId ?? null,
    keyName: keyName ?? `name of ${keyId}`,
    models: models ?? null,
  } as Caller
  return {
    caller,
    credentialHash: hash('sha256', `credential of ${keyId}`),
    prefix: `gw_test_${keyId}`,
    origin: 'file',
    policy: ownerPolicy,
    madeBy: null,
    createdAt: at,
    expiresAt: null,
    ...rest,
  }
}

export function newTenant(id: string, changes: Partial<Tenant> = {}): Tenant {
  return {
    tenantId: id,
    id,
    name: `tenant ${id}`,
    status: 'active',
    tier: 'enterprise',
    features: null,
    licenceExpiresAt: null,
    licenceToken: null,
    createdAt: at,
    ...changes,
  }
}

export function newProject(tenantId: string, id: string, changes: Partial<Project> = {}): Project {
  return {
    tenantId,
    id,
    name: `project ${id}`,
    models: null,
    membersOnly: false,
    disabledAt: null,
    createdAt: at,
    ...changes,
  }
}

export function newGroup(tenantId: string, id: string, changes: Partial<Group> = {}): Group {
  return {
    tenantId,
    id,
    name: `group ${id}`,
    models: [],
    projects: [],
    createdAt: at,
    ...changes,
  }
}

export function newPolicy(tenantId: string, id: string, changes: Partial<Policy> = {}): Policy {
  return {
    tenantId,
    id,
    name: `policy ${id}`,
    scope: 'tenant',
    target: null,
    metric: 'requests',
    window: 'minute',
    max: 100,
    models: null,
    createdAt: at,
    ...changes,
  }
}

export function newBudget(tenantId: string, id: string, changes: Partial<Budget> = {}): Budget {
  return {
    tenantId,
    id,
    name: `budget ${id}`,
    scope: 'tenant',
    target: null,
    window: 'month',
    maxNanoUsd: 1_000_000_000,
    models: null,
    thresholds: [0.5, 0.8, 1],
    createdAt: at,
    ...changes,
  }
}
