import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Terminal } from '@sluice/contracts/generation/log-entry'
import { GatewayError, kernelErrors, toGenerationError } from '@sluice/kernel/errors'
import type { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { callHeaders } from './response-headers.ts'
import { sendError } from './send-error.ts'

/** Answers an inference call with an error of proper status. Only before the response head was sent. */
export function answerError(call: Call, error: GenerationError, context: IngressContext): void {
  call.error = error
  if (call.departure !== null) return
  const headers = callHeaders(call, context, {})
  sendError(call.request, call.response, error, {
    requestId: call.id,
    headers,
    clock: context.clock,
    dialect: call.dialect,
  })
}

/** Why a generation did not complete. Every end that is not `completed` brings its error; one that does not is our bug. */
export function errorOf(terminal: Terminal): GenerationError {
  return terminal.error ?? toGenerationError(new GatewayError(kernelErrors.internal_error))
}
