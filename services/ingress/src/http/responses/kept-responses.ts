import type { Caller } from '@sluice/contracts/caller'
import { RequestId } from '@sluice/contracts/ids'
import {
  deleteResponse,
  endedResponses,
  keepResponse,
  readConversation,
  readResponse,
  type ResponseOwner,
} from '@sluice/contracts/rpc/agent'
import { messageOf } from '@sluice/kernel/errors'
import type { JsonObject } from '@sluice/wire/json'
import { callRpc } from '@sluice/work-queue/rpc'
import type { IngressContext } from '../../context.ts'

const timeout = { timeoutMs: 5_000 }
/** For a call that did not ask to be kept: it wants its answer. */
const unaskedTimeout = { timeoutMs: 1_000 }

type Context = Pick<IngressContext, 'queue' | 'logger'>

const ownerOf = ({ tenantId, keyId }: Caller): ResponseOwner => ({ tenantId, keyId })

/** A response by the name that callers know it by; null when it is no name of ours. */
export function generationOf(name: unknown): RequestId | null {
  if (typeof name !== 'string' || !name.startsWith('resp_')) return null
  const id = RequestId.safeParse(name.slice('resp_'.length))
  return id.success ? id.data : null
}

export interface FoundResponse {
  readonly background: boolean
  readonly stream: boolean
  readonly ended: boolean
  readonly response: JsonObject
  readonly input: readonly unknown[]
}

/** As it is now; null when this caller has none of that id. */
export async function findResponse(
  id: RequestId,
  caller: Caller,
  { queue }: Context,
): Promise<FoundResponse | null> {
  const found = await callRpc(queue, readResponse, { id, owner: ownerOf(caller) }, timeout)
  if (found === null) return null
  // Both were written by us.
  const response = JSON.parse(found.response) as JsonObject
  return { ...found, response, input: JSON.parse(found.input) as unknown[] }
}

/** Everything said up to and with a response; null when this caller has none of that id. */
export async function findConversation(
  id: RequestId,
  caller: Caller,
  { queue }: Context,
): Promise<readonly unknown[] | null> {
  const found = await callRpc(queue, readConversation, { id, owner: ownerOf(caller) }, timeout)
  return found && (JSON.parse(found.items) as unknown[])
}

export interface NewResponse {
  readonly id: RequestId
  readonly previousId: RequestId | null
  readonly background: boolean
  readonly stream: boolean
  readonly model: string
  readonly input: readonly unknown[]
  readonly asked: JsonObject
  readonly createdAt: number
}

export async function keep(
  { input, asked, ...response }: NewResponse,
  caller: Caller,
  { queue }: Context,
  isAsked: boolean,
): Promise<void> {
  const texts = { input: JSON.stringify(input), asked: JSON.stringify(asked) }
  const request = { ...response, ...texts, owner: ownerOf(caller) }
  await callRpc(queue, keepResponse, request, isAsked ? timeout : unaskedTimeout)
}

export async function remove(id: RequestId, caller: Caller, { queue }: Context): Promise<boolean> {
  const { deleted } = await callRpc(queue, deleteResponse, { id, owner: ownerOf(caller) }, timeout)
  return deleted
}

/** Its answer is over: it need not wait for the sweep. A hint that gets lost costs only that. */
export function tellEnd(id: RequestId, caller: Caller, { queue, logger }: Context): void {
  queue.enqueue(endedResponses, { id, owner: { ...ownerOf(caller) } }).catch((error: unknown) => {
    logger.warn({ request_id: id, problem: messageOf(error) }, 'cannot tell that a response ended')
  })
}

/** Its call was never accepted, so nobody knows its name. What is left behind ends as failed. */
export function forget(id: RequestId, caller: Caller, context: Context): void {
  remove(id, caller, context).catch((error: unknown) => {
    const problem = messageOf(error)
    context.logger.warn({ request_id: id, problem }, 'cannot remove a response that never began')
  })
}
