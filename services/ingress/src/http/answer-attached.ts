import type { RequestId } from '@sluice/contracts/ids'
import { GatewayError } from '@sluice/kernel/errors'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import type { Call } from './call.ts'
import type { DisconnectPolicy } from './disconnect-policy.ts'
import { findGeneration } from './generations/find-generation.ts'
import { watchGeneration } from './generations/watch-generation.ts'
import { plainAnswer } from './plain-answer.ts'
import { streamAnswer } from './stream-answer.ts'

/** A repetition gets the answer of the call that it repeats, from its start and under its id, as if it had been that one. */
export async function answerAttached(
  call: Call,
  id: RequestId,
  policy: DisconnectPolicy,
  context: IngressContext,
): Promise<void> {
  call.attached = true
  const found = call.caller && (await findGeneration(id, call.caller, context))
  if (!found) {
    call.id = id
    throw new GatewayError(
      ingressErrors.cursor_expired,
      'The answer to this call is not kept any more',
    )
  }
  using tail = await watchGeneration(call, found, null, policy, context)
  if (call.departure !== null) return
  await (call.stream ? streamAnswer(call, tail, context) : plainAnswer(call, tail, context))
  if (call.isUnanswered) throw new GatewayError(ingressErrors.log_lost)
}
