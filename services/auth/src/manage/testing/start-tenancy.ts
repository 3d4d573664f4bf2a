import type { Route } from '@sluice/contracts/http/route'
import { groupRoutes } from '@sluice/contracts/http/routes/groups'
import { licenceRoutes } from '@sluice/contracts/http/routes/licences'
import { policyRoutes } from '@sluice/contracts/http/routes/policies'
import { projectRoutes } from '@sluice/contracts/http/routes/projects'
import { tenantRoutes } from '@sluice/contracts/http/routes/tenants'
import { tokenRoutes } from '@sluice/contracts/http/routes/tokens'
import { manage, type Principal } from '@sluice/contracts/rpc/manage'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import { type AuditedChange, serveManagement } from '@sluice/management'
import { refuseUndeclared } from '@sluice/management/undeclared'
import type { Account } from '@sluice/store/account-store'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { ownerPolicy } from '@sluice/store/tenancy'
import { newKey } from '@sluice/store/testing/identity-rows'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { hash } from 'node:crypto'
import { Registry } from 'prom-client'
import { createAuthMetrics } from '../../metrics.ts'
import { type Refusal, Verdicts } from '../../verdicts.ts'
import { tenancyHandlers } from '../tenancy-handlers.ts'

const routes: readonly Route[] = [
  ...tokenRoutes,
  ...tenantRoutes,
  ...projectRoutes,
  ...groupRoutes,
  ...licenceRoutes,
  ...policyRoutes,
]

export type Body = Record<string, unknown>

/** The management of one installation, with the verdicts that it leads to. `root` is the credential of `AUTH_TOKEN`. */
export async function startTenancy() {
  const clock = createFakeClock()
  const queue = createMemoryWorkQueue({ clock })
  const store = createMemoryAuthStore()
  const people = new Map<string, Account>()
  const accounts = {
    find: async (tenant: string, id: string) =>
      [...people.values()].find((each) => each.id === id && each.tenantId === tenant) ?? null,
    list: async (tenant: string) => [...people.values()].filter((each) => each.tenantId === tenant),
  }
  const audited: AuditedChange[] = []
  const changes: IdentityChange[] = []
  await store.ensureProject('default', 'default', 0)
  await store.saveKey(
    newKey('bootstrap', { origin: 'bootstrap', policy: { ...ownerPolicy, platform: true } }),
  )
  const metrics = createAuthMetrics(new Registry())
  const refusals: Refusal[] = []
  const verdicts = new Verdicts({
    store,
    accounts,
    clock,
    metrics,
    use: { note: () => undefined },
    onRefused: (refusal) => refusals.push(refusal),
  })
  await serveManagement({
    queue,
    owner: 'auth',
    routes,
    handlers: tenancyHandlers({
      store,
      accounts,
      clock,
      onChanged: (change) => changes.push(change),
      onRevision: () => undefined,
      licenceKeyPath: null,
    }),
    onUndeclared: refuseUndeclared,
    audit: async (_call, change) => void audited.push(change),
  })
  const verdict = (key: string) => verdicts.verify(hash('sha256', key))
  const principal = async (key: string): Promise<Principal> => {
    const found = await verdict(key)
    if (!found.valid) throw new Error(found.reason)
    return { caller: found.caller, access: found.access }
  }
  const ask = async (
    as: Principal | string,
    route: string,
    {
      params = {},
      query = {},
      body,
    }: { params?: Record<string, string>; query?: Body; body?: Body } = {},
  ): Promise<Body> => {
    const call = {
      route,
      principal: typeof as === 'string' ? await principal(as) : as,
      params,
      query,
      body: body ?? null,
      address: '192.0.2.1',
      requestId: 'r',
      headers: {},
    }
    const reply = await callRpc(queue, manage.auth, call, { timeoutMs: 1_000 })
    return reply.body as Body
  }
  const root = 'credential of bootstrap'
  const mint = async (as: Principal | string, body: Body) =>
    (await ask(as, 'tokens.create', { body: { name: 'k', ...body } })) as {
      id: string
      key: string
    }
  const person = async (id: string, role: Account['role'], projectId = 'default') => {
    people.set(id, {
      id,
      tenantId: 'default',
      email: `${id}@example.com`,
      name: id,
      role,
      status: 'active',
      origin: 'local',
      createdAt: 0,
      lastLoginAt: null,
    })
    const { access } = await principal(root)
    const key = newKey(`session-${id}`, { userId: id as never, projectId: projectId as never })
    return { caller: key.caller, access: { ...access, role, platform: false } } as Principal
  }
  return {
    clock,
    store,
    people,
    audited,
    changes,
    refusals,
    ask,
    mint,
    person,
    verdict,
    principal,
    root,
  }
}

export const forbidden = { status: 403, code: 'permission_denied' }
export const notFound = { status: 404, code: 'resource_not_found' }
export const invalid = { status: 400, code: 'invalid_request' }
