import type { Rpc } from '@sluice/contracts/rpc/rpc'
import { GatewayError } from '@sluice/kernel/errors'
import type { z } from 'zod'
import { workQueueErrors } from './errors.ts'
import type { Json, WorkQueue } from './work-queue.ts'

/** Answers the questions of one contract. Competes with every other process that serves it; a thrown error becomes the caller's error. */
export function serveRpc<Request, Reply>(
  queue: WorkQueue,
  rpc: Rpc<Request, Reply>,
  handler: (request: Request) => Promise<Reply>,
): Promise<AsyncDisposable> {
  return queue.respond(rpc.name, async (payload) => {
    const request = check(rpc.request, payload, `request of ${rpc.name}`)
    return toJson(check(rpc.reply, await handler(request), `reply of ${rpc.name}`))
  })
}

/**
 * Asks one question and waits for the answer. Rejects with the responder's error, with `no_answer` after `timeoutMs`, or at once with a
 * retryable 503 when the back end is away. Fields the contract does not know are dropped, so a newer responder may say more.
 */
export async function callRpc<Request, Reply>(
  queue: WorkQueue,
  rpc: Rpc<Request, Reply>,
  request: Request,
  options: { readonly timeoutMs: number },
): Promise<Reply> {
  const payload = toJson(check(rpc.request, request, `request of ${rpc.name}`))
  return check(rpc.reply, await queue.request(rpc.name, payload, options), `reply of ${rpc.name}`)
}

function check<Shape>(schema: z.ZodType<Shape>, value: unknown, what: string): Shape {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const message = `${what} does not fit its contract`
  throw new GatewayError(workQueueErrors.contract_mismatch, message, { cause: parsed.error })
}

/** Contracts describe JSON; what else a value holds (a `Date`) becomes what JSON makes of it when the adapter serialises it. */
function toJson(value: unknown): Json {
  return value as Json
}
