import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Access } from '@sluice/contracts/access'
import { Caller, sessionKeyId } from '@sluice/contracts/caller'
import { accountRoutes } from '@sluice/contracts/http/routes/accounts'
import { oidcRoutes } from '@sluice/contracts/http/routes/oidc'
import { passkeyRoutes } from '@sluice/contracts/http/routes/passkeys'
import { userRoutes } from '@sluice/contracts/http/routes/users'
import { manage, type ManagementReply, type Principal } from '@sluice/contracts/rpc/manage'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import { createLogger } from '@sluice/kernel/logger'
import { serveManagement } from '@sluice/management'
import { refuseUndeclared } from '@sluice/management/undeclared'
import type { RecordAudit } from '@sluice/management/audit'
import { createMemoryAccountStore } from '@sluice/store/memory-account-store'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { type AccountsConfig, readAccountsConfig } from '../../accounts-config.ts'
import { startAccounts } from '../../start-accounts.ts'

export interface Asked {
  readonly body?: unknown
  readonly params?: Record<string, string>
  readonly query?: unknown
  readonly principal?: Principal | null
  readonly address?: string
  readonly headers?: Record<string, string>
}

/** A mail as it would be sent. */
export interface SeenMail {
  readonly template: string
  readonly to: string
  readonly values: Record<string, string>
}

export const password = 'correct horse battery'
export const dataDir = () => mkdtempSync(join(tmpdir(), 'sluice-accounts-'))

/** Accounts over memory, with passwords that cost little. */
export async function startWorld(
  env: Record<string, string> = {},
  changes: Partial<AccountsConfig> = {},
) {
  const clock = createFakeClock()
  const queue = createMemoryWorkQueue({ clock })
  const identity = createMemoryAuthStore()
  const accounts = createMemoryAccountStore(identity)
  const config = readAccountsConfig({ DATA_DIR: dataDir(), ...env })
  if (!config) throw new Error('accounts are off')
  const announced: { readonly change: IdentityChange; readonly tenant: string }[] = []
  const audited: { readonly route: string; readonly change: object; readonly outcome: string }[] =
    []
  const mails: SeenMail[] = []
  const enqueue = queue.enqueue.bind(queue)
  const watched = Object.assign(queue, {
    enqueue: (name: string, payload: never) => {
      if (name === 'auth.mail') mails.push(payload)
      return enqueue(name, payload)
    },
  })
  await identity.ensureProject('default', 'default', 0)
  const logger = createLogger({ service: 'test', level: 'silent' })
  const audit: RecordAudit = async (call, change, outcome = 'done') => {
    audited.push({ route: call.route, change, outcome })
  }
  const service = await startAccounts(
    { ...config, ...changes },
    {
      store: identity,
      accounts,
      queue: watched,
      clock,
      logger,
      audit,
      onChanged: (change, tenant) => announced.push({ change, tenant }),
      hashCost: { memoryKib: 64, passes: 1 },
    },
  )
  await serveManagement({
    queue,
    owner: 'auth',
    handlers: service.handlers,
    routes: [...accountRoutes, ...passkeyRoutes, ...oidcRoutes, ...userRoutes],
    onUndeclared: refuseUndeclared,
    audit,
  })
  let calls = 0
  const call = async (route: string, asked: Asked = {}): Promise<ManagementReply> =>
    callRpc(
      queue,
      manage.auth,
      {
        route,
        principal: asked.principal ?? null,
        params: asked.params ?? {},
        query: asked.query ?? {},
        body: asked.body ?? null,
        address: asked.address ?? '203.0.113.7',
        requestId: `r${String((calls += 1))}`,
        headers: asked.headers ?? {},
      },
      { timeoutMs: 60_000 },
    )
  const register = async (slug = 'acme', more: object = {}) =>
    signedIn(
      await call('auth.register', {
        body: {
          company: 'Acme',
          slug,
          name: 'Anna',
          email: 'anna@acme.example',
          password,
          ...more,
        },
      }),
    )
  return { clock, queue, identity, accounts, announced, audited, mails, service, call, register }
}

export interface SignedIn {
  readonly user: { readonly id: string; readonly role: Principal['access']['role'] }
  readonly access_token: string
  readonly refresh_token: string
  readonly csrf_token: string
}

export function signedIn(reply: ManagementReply): SignedIn {
  return reply.body as SignedIn
}

export function principalOf(
  tenantId: string,
  userId: string | null,
  role: Principal['access']['role'],
): Principal {
  return {
    caller: Caller.parse({
      tenantId,
      projectId: 'default',
      keyId: userId === null ? 'k1' : sessionKeyId(userId),
      userId,
      keyName: 'somebody',
      models: null,
    }),
    access: Access.parse({ role }),
  }
}
