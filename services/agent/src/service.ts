import {
  deleteResponse,
  EndedResponse,
  endedResponses,
  keepResponse,
  readConversation,
  readResponse,
} from '@sluice/contracts/rpc/agent'
import { erasePersonalResponses, listPersonalResponses } from '@sluice/contracts/rpc/personal-data'
import type { EventLog } from '@sluice/event-log'
import type { Generations } from '@sluice/generations'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import { OutboxRelay } from '@sluice/outbox/outbox-relay'
import { createRelayMetrics } from '@sluice/outbox/relay-metrics'
import type { ResponseStore } from '@sluice/store/response-store'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { AgentConfig } from './config.ts'
import type { AgentContext } from './context.ts'
import { createAgentMetrics } from './metrics.ts'
import { startResponseSweep } from './response-sweep.ts'
import { currentResponse, isRunning, readConversationItems } from './responses.ts'

/** Before all others. */
const firstId = '00000000-0000-0000-0000-000000000000'

export interface AgentDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly store: ResponseStore
  /** Where responses that ended are told of; without it that waits in the outbox. */
  readonly events?: EventLog
}

/** Keeps the responses that callers may come back to. Disposing it ends what it has begun to answer. */
export async function startAgent(
  config: AgentConfig,
  dependencies: AgentDependencies,
): Promise<Service> {
  const { queue, store, clock, registry, health } = dependencies
  health.add({ name: 'responses', required: true, probe: () => store.ping() })
  const metrics = createAgentMetrics(registry)
  const context: AgentContext = { ...dependencies, config, metrics }
  await using stack = new AsyncDisposableStack()
  stack.use(startResponseSweep(context))
  const { events } = dependencies
  if (events) {
    const { outbox } = store
    const backlog = () => outbox.backlog()
    const relayMetrics = createRelayMetrics(registry, backlog, 'gateway_agent_outbox_backlog')
    const relay = { ...dependencies, events, outbox, metrics: relayMetrics, intervalMs: 500 }
    stack.use(new OutboxRelay(relay))
  }

  stack.use(
    await serveRpc(queue, keepResponse, async ({ owner, ...response }) => {
      const expiresAt = response.createdAt + config.responses.ttlMs
      // The one text that is not JSON: Postgres stores no zero character.
      const model = response.model.replaceAll('\0', '\uFFFD')
      await store.keep({ ...owner, ...response, model, expiresAt })
      metrics.kept.inc()
      return {}
    }),
  )
  stack.use(
    await serveRpc(queue, readResponse, async ({ id, owner }) => {
      const stored = await store.find(id, owner, clock.now())
      if (!stored) return null
      const { background, stream, input } = stored
      const response = await currentResponse(stored, context)
      return { background, stream, ended: !isRunning(response), response, input }
    }),
  )
  stack.use(
    await serveRpc(queue, readConversation, async ({ id, owner }) => {
      const items = await readConversationItems(id, owner, context)
      return items && { items: JSON.stringify(items) }
    }),
  )
  stack.use(
    await serveRpc(queue, deleteResponse, async ({ id, owner }) => ({
      deleted: await store.remove(id, owner),
    })),
  )
  stack.use(
    await serveRpc(queue, listPersonalResponses, async ({ tenantId, keyIds, after, limit }) => {
      const page = { after: after ?? firstId, limit }
      const found = await store.ofKeys(tenantId, keyIds, page)
      return {
        responses: found.map(({ id, model, input, response, createdAt }) => {
          return { id, model, input, response, createdAt }
        }),
      }
    }),
  )
  stack.use(
    await serveRpc(queue, erasePersonalResponses, async ({ tenantId, keyIds, ids }) => ({
      erased: await store.erase(tenantId, { keyIds, ids }),
    })),
  )
  // Idempotent: a response that has its end is not looked at again.
  stack.use(
    await queue.consume(endedResponses, { group: 'agent', concurrency: 8 }, async ({ payload }) => {
      const { id, owner } = EndedResponse.parse(payload)
      const stored = await store.find(id, owner, clock.now())
      if (stored) await currentResponse(stored, context)
    }),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
