import { fromUnknown, GatewayError, messageOf, toGenerationError } from '@sluice/kernel/errors'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { answerError } from './answer-error.ts'
import type { Call } from './call.ts'

/** Gives a call an end that its client can trust, whatever its route does, and its generation one when nobody reads it any more. */
export async function serveCall(
  call: Call,
  context: IngressContext,
  answer: (call: Call, context: IngressContext) => Promise<void>,
): Promise<void> {
  try {
    await answer(call, context)
  } catch (thrown) {
    fail(call, thrown, context)
  }
  if (call.policy !== null && call.terminal === null) await leave(call, context)
  call.answered()
}

export function requireServing(call: Call, context: IngressContext): void {
  if (context.serving()) return
  call.response.shouldKeepAlive = false
  throw new GatewayError(ingressErrors.server_is_overloaded)
}

/** Before the response head an error has its status. After it the state of the answer is unknown: the client must not see a clean end. */
function fail(call: Call, thrown: unknown, context: IngressContext): void {
  const error = fromUnknown(thrown)
  if (error.status === 500) {
    context.logger.error({ err: error, request_id: call.id }, 'inference call failed')
  }
  call.error = toGenerationError(error)
  if (!call.response.headersSent) answerError(call, call.error, context)
  else call.cut('log_lost')
}

/**
 * A running generation has a reader less. Was it the last, the generation ends now, after a while, or runs on: by what the call had said,
 * and by who left. A client that the gateway lost (shut down, cut off as too slow, out of sight of the log) may come back in any case. What
 * cannot be delivered is logged and dropped: the generation then runs to its end.
 */
async function leave(call: Call, { generations, config, logger }: IngressContext): Promise<void> {
  const { policy, departure, response } = call
  if (policy === null) return
  const wish = response.headersSent ? policy.afterHead : policy.beforeHead
  const waits = wish === 'grace' || departure !== 'client_disconnected'
  // Nobody is told: as long as one reader has not left, the generation goes on.
  if (wish === 'continue') return
  try {
    await generations.leave(call.id, waits ? config.disconnectGraceMs : 0)
  } catch (error) {
    const problem = messageOf(error)
    logger.warn({ request_id: call.id, problem }, 'cannot tell a generation that its reader left')
  }
}
