import {
  deleteResponse,
  endedResponses,
  keepResponse,
  readConversation,
  readResponse,
} from '@sluice/contracts/rpc/agent'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { z } from 'zod'

export interface KeptCall extends z.infer<typeof keepResponse.request> {
  ended: boolean
  /** What it is read as. */
  response: Record<string, unknown>
}

/** Keeps responses in a map; they end when a test says so. */
export async function startStandInAgent(
  queue: WorkQueue,
  kept: Map<string, KeptCall>,
  isAway: () => boolean,
): Promise<AsyncDisposable> {
  const find = (id: string, keyId: string) => {
    if (isAway()) throw new GatewayError(kernelErrors.dependency_unavailable)
    const found = kept.get(id)
    return found?.owner.keyId === keyId ? found : null
  }
  await using stack = new AsyncDisposableStack()
  stack.use(
    await serveRpc(queue, keepResponse, async (call) => {
      find(call.id, '')
      const response = { id: `resp_${call.id}`, status: 'queued', output: [] }
      kept.set(call.id, { ...call, ended: false, response })
      return {}
    }),
  )
  stack.use(
    await serveRpc(queue, readResponse, async ({ id, owner }) => {
      const found = find(id, owner.keyId)
      return found && { ...found, response: JSON.stringify(found.response) }
    }),
  )
  stack.use(
    await serveRpc(queue, readConversation, async ({ id, owner }) => {
      const found = find(id, owner.keyId)
      const said = (found?.response['output'] ?? []) as unknown[]
      return (
        found && { items: JSON.stringify([...(JSON.parse(found.input) as unknown[]), ...said]) }
      )
    }),
  )
  stack.use(
    await serveRpc(queue, deleteResponse, async ({ id, owner }) => ({
      deleted: find(id, owner.keyId) !== null && kept.delete(id),
    })),
  )
  stack.use(
    await queue.consume(endedResponses, { group: 'agent', concurrency: 1 }, async ({ payload }) => {
      const found = kept.get((payload as { id: string }).id)
      if (found) found.ended = true
    }),
  )
  const owned = stack.move()
  return owned
}
