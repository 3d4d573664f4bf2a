import { eraseFromLake, listPersonalTurns, restoreCheckpoint } from '@sluice/contracts/rpc/lake'
import type { EventLog } from '@sluice/event-log'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import { lakeErrors } from '@sluice/lake/errors'
import { eraseFromLog } from '@sluice/lake/erase-from-log'
import type { IcebergCatalogue } from '@sluice/lake/iceberg-catalogue'
import { serveManagement } from '@sluice/management'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { LakeConfig } from './config.ts'
import { conversationHandlers } from './conversation-handlers.ts'
import { createLakeMetrics } from './metrics.ts'
import type { OpenLake } from './open-lake.ts'

export interface LakeDependencies extends ServiceDependencies {
  readonly queue: WorkQueue
  readonly events: EventLog
  /** What knows the tables where `config.catalogue` names one; null = the event log is all there is. Not disposed here. */
  readonly catalogue: IcebergCatalogue | null
}

/** Writes the lake where it is a folder, and reads conversations and checkpoints back. Disposing it writes what came in. */
export async function startLake(
  config: LakeConfig,
  dependencies: LakeDependencies,
): Promise<Service> {
  const { queue, clock, registry, health, logger } = dependencies
  await using stack = new AsyncDisposableStack()
  let opened: OpenLake | null = null
  let opening: Promise<OpenLake> | null = null
  const metrics = createLakeMetrics(registry, () => opened?.local?.behindSeconds ?? 0)
  const open = () =>
    (opening ??= import('./open-lake.ts').then(({ openLake }) => {
      return (opened = openLake(config, { ...dependencies, metrics }))
    }))
  if (config.folder !== null) {
    // A start does not wait for it.
    const begin = clock.after(config.commitIntervalMs, () => {
      open().catch((error: unknown) => {
        logger.error({ problem: messageOf(error) }, 'the lake cannot be opened')
      })
    })
    stack.defer(() => {
      begin.cancel()
    })
    const probe = async () => {
      opened?.local?.probe()
      opened?.books?.probe()
    }
    health.add({ name: 'lake', required: false, probe })
  }
  stack.defer(async () => {
    if (opening) await (await opening)[Symbol.asyncDispose]()
  })

  const reader = async () => (await open()).reader()
  stack.use(
    await serveRpc(queue, eraseFromLake, async (person) => {
      const { local } = await open()
      if (!local) {
        await eraseFromLog(dependencies.events, person)
        return { rowsRemoved: 0, rowsChanged: 0, elsewhere: config.catalogue !== null }
      }
      const erased = await local.erase(person)
      const rowsRemoved = erased.reduce((sum, each) => sum + each.rowsRemoved, 0)
      const rowsChanged = erased.reduce((sum, each) => sum + each.rowsChanged, 0)
      metrics.erased.inc(rowsRemoved + rowsChanged)
      return { rowsRemoved, rowsChanged, elsewhere: false }
    }),
  )
  stack.use(
    await serveRpc(queue, listPersonalTurns, async ({ tenantId, userId, keyIds, ...page }) => {
      const whose = { tenantId, userIds: [userId, ...keyIds] }
      const turns = await (await reader()).said(whose, page).catch(noneElsewhere)
      if (!turns) return { turns: [], elsewhere: true }
      return {
        turns: turns.map(({ id, sessionId, role, content, occurredAt }) => {
          return { id, sessionId, role, content, occurredAt }
        }),
        elsewhere: false,
      }
    }),
  )
  stack.use(
    await serveRpc(queue, restoreCheckpoint, async ({ sessionId, ...whose }) =>
      (await reader()).checkpoint(sessionId, whose),
    ),
  )
  const handlers = conversationHandlers(reader)
  // Its routes change nothing.
  const audit = () => Promise.resolve()
  stack.use(await serveManagement({ queue, owner: 'lake', handlers, audit }))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** An export goes on without what cannot be read here, and says so. */
function noneElsewhere(error: unknown): null {
  if (GatewayError.is(error) && error.code === lakeErrors.lake_elsewhere.code) return null
  throw error
}
