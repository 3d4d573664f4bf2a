import {
  readBudgetsOf,
  readIdentityRevision,
  verifyCredential,
  type IdentityChange,
} from '@sluice/contracts/rpc/auth'
import type { EventLog } from '@sluice/event-log'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import { createQueuedAudit } from '@sluice/management/audit'
import { serveManagement } from '@sluice/management'
import { logUndeclared } from '@sluice/management/undeclared'
import { createBusSeal } from '@sluice/management/bus-seal'
import { createSecretBox, type KeyRing } from '@sluice/secret-box'
import type { AuditStore } from '@sluice/store/audit-store'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { ErasureStore } from '@sluice/store/erasure-store'
import { OutboxRelay } from '@sluice/outbox/outbox-relay'
import { createRelayMetrics } from '@sluice/outbox/relay-metrics'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import { budgetsOf } from './access/budgets-of.ts'
import { Announcer } from './announcer.ts'
import { keepAuditLog } from './audit-log.ts'
import type { AuthConfig } from './config.ts'
import { identityUnavailable } from './errors.ts'
import { type FileKeySource, KeyKeeper } from './key-keeper.ts'
import { KeyUse } from './key-use.ts'
import { takeLicence } from './licences/take-licence.ts'
import { auditHandlers } from './manage/audit.ts'
import type { ManageContext } from './manage/context.ts'
import { tenancyHandlers } from './manage/tenancy-handlers.ts'
import { createAuthMetrics } from './metrics.ts'
import { eraseByQueue } from './privacy/eraser.ts'
import { measureErasures } from './privacy/erasure-metrics.ts'
import { privacyHandlers } from './privacy/handlers.ts'
import { RevisionWatch } from './revision-watch.ts'
import { serveWithoutAccounts, startAccounts } from './start-accounts.ts'
import { Verdicts } from './verdicts.ts'

export interface AuthDependencies extends ServiceDependencies {
  readonly store: AuthStore
  /** Absent = nobody has an account. */
  readonly accounts?: AccountStore
  readonly audit: AuditStore
  readonly erasures: ErasureStore
  readonly queue: WorkQueue
  /** What secrets cross the bus under; null = as they are. */
  readonly keyRing?: KeyRing | null
  readonly events: EventLog
  readonly fileKeys: FileKeySource
}

/** Brings the keys of the configuration into the database, then says to every other process which credentials are good. */
export async function startAuth(
  config: AuthConfig,
  dependencies: AuthDependencies,
): Promise<Service> {
  const { store, queue, registry, health } = dependencies
  health.add({ name: 'database', required: true, probe: async () => void (await store.revision()) })
  await using stack = new AsyncDisposableStack()
  const use = stack.use(new KeyUse(dependencies))
  const context = { accounts: null, ...dependencies, use, metrics: createAuthMetrics(registry) }
  const verdicts = new Verdicts({
    ...context,
    onRefused(refusal) {
      dependencies.logger.info(refusal, 'a key was refused')
    },
  })
  const announcer = stack.use(new Announcer(context))
  const relay = stack.use(
    new OutboxRelay({
      ...dependencies,
      outbox: store.outbox,
      metrics: createRelayMetrics(
        registry,
        () => store.outbox.backlog(),
        'gateway_auth_outbox_backlog',
      ),
      intervalMs: 1_000,
    }),
  )
  const onChanged = (change: IdentityChange, tenant: string) => {
    verdicts.forget(change, tenant)
    revision.changed(change.revision)
    announcer.announce(change)
    relay.nudge()
  }
  const keys = stack.use(new KeyKeeper(config.bootstrapKey, { ...context, onChanged }))
  const revision = stack.use(
    new RevisionWatch({
      ...context,
      onMoved: (moved) => {
        announcer.announceRevision(moved)
      },
      onReachable: () => {
        keys.retry()
      },
    }),
  )
  await keys.start()
  await revision.read()
  stack.use(
    await serveRpc(queue, verifyCredential, ({ credentialHash }) =>
      verdicts.verify(credentialHash),
    ),
  )
  stack.use(
    await serveRpc(queue, readIdentityRevision, async () => ({
      revision: await revision.read().catch((cause: unknown) => {
        throw identityUnavailable(cause)
      }),
    })),
  )
  stack.use(
    await serveRpc(queue, readBudgetsOf, ({ tenantId, of }) => budgetsOf(context, tenantId, of)),
  )
  stack.use(await keepAuditLog(dependencies))
  const { accounts } = dependencies
  const audit = createQueuedAudit(dependencies)
  const people = stack.use(
    config.accounts && accounts
      ? await startAccounts(config.accounts, { ...dependencies, accounts, audit, onChanged })
      : await serveWithoutAccounts(queue, () => revision.read()),
  )
  const management: ManageContext = {
    ...context,
    onChanged,
    onRevision: () => {
      // Whoever cannot read it now does so in two seconds.
      revision.read().catch(() => undefined)
    },
    licenceKeyPath: config.licence?.publicKeyPath ?? null,
  }
  await takeLicence(management, config.licence?.token ?? null, dependencies.logger)
  const privacy = { ...context, erasures: dependencies.erasures, onChanged }
  stack.use(await eraseByQueue(privacy))
  measureErasures(dependencies.registry, dependencies.erasures, dependencies.clock)
  stack.use(
    await serveManagement({
      queue,
      owner: 'auth',
      handlers: [
        ...tenancyHandlers(management),
        ...auditHandlers({ audit: dependencies.audit }),
        ...privacyHandlers(privacy),
        ...people.handlers,
      ],
      audit,
      onUndeclared: logUndeclared(dependencies.logger),
      seal: createBusSeal(dependencies.keyRing ? createSecretBox(dependencies.keyRing) : null),
    }),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
