import type { RequestId, UserId } from '@sluice/contracts/ids'
import { GatewayError } from '@sluice/kernel/errors'
import type { Owner, StoredResponse } from '@sluice/store/response-store'
import type { JsonObject } from '@sluice/wire/json'
import { endedResponse, lostResponse, runningResponse } from './build-response.ts'
import { checkpointOf } from './checkpoint.ts'
import type { AgentContext } from './context.ts'
import { conversationItems } from './conversation.ts'
import { agentErrors } from './errors.ts'
import { readGenerationLog } from './generation-log.ts'

/** A response whose generation is not known after so long was never accepted, or its log is lost. */
const unknownAfterMs = 60_000

/** The response as it is now. One that has ended since it was looked at last is written down before it is shown. */
export async function currentResponse(
  stored: StoredResponse,
  context: AgentContext,
): Promise<string> {
  if (stored.response !== null) return stored.response
  const found = await readGenerationLog(stored.id, context)
  if (found === null) {
    const isLost = context.clock.now() - stored.createdAt > unknownAfterMs
    if (isLost) return keepEnd(stored, lostResponse(stored), null, context)
    return JSON.stringify(runningResponse(stored, 'accepted'))
  }
  const response = endedResponse(stored, found)
  if (found.summary.terminal === null) return JSON.stringify(response)
  return keepEnd(stored, response, found.summary.caller.userId, context)
}

/** Two that see the same end write the same: the first counts. */
async function keepEnd(
  stored: StoredResponse,
  response: JsonObject,
  userId: UserId | null,
  { config, store, clock, metrics }: AgentContext,
): Promise<string> {
  const text = JSON.stringify(response)
  const at = clock.now()
  const facts = config.checkpoints ? checkpointOf(stored, text, { userId, at }) : []
  if (config.checkpoints && facts.length === 0) metrics.notCheckpointed.inc()
  await store.end(stored.id, text, facts)
  metrics.ended.inc({ status: String(response['status']) })
  return text
}

/** Everything said up to and with a response; null when it is not there, or when something before it is not. */
export async function readConversationItems(
  id: RequestId,
  owner: Owner,
  context: AgentContext,
): Promise<unknown[] | null> {
  const { store, clock, config } = context
  const bounds = { now: clock.now(), limit: config.responses.maxChain }
  const chain = await store.chain(id, owner, bounds)
  if (chain === null) return null
  const ended = await Promise.all(
    chain.map(async (each) => ({ ...each, response: await currentResponse(each, context) })),
  )
  const last = ended.at(-1)
  if (last && isRunning(last.response)) throw new GatewayError(agentErrors.response_in_progress)
  return conversationItems(ended)
}

export function isRunning(response: string): boolean {
  const { status } = JSON.parse(response) as { status: unknown }
  return status === 'queued' || status === 'in_progress'
}
