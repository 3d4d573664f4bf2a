import { GenerationError } from '@sluice/contracts/generation/generation-error'
import { fromUnknown, GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { workQueueErrors } from './errors.ts'

/**
 * A responder's error on its way to the caller: code, status, message, type, param, retryable and retryAfterMs. Never the stack or the
 * cause; from status 500 on the message is the title, so that internals of one service do not leak through another.
 */
export function encodeRemoteError(thrown: unknown): GenerationError {
  return toGenerationError(fromUnknown(thrown))
}

/** The caller's copy: an error of the same code, status and retryability as the one thrown at the other end. */
export function decodeRemoteError(encoded: unknown): GatewayError {
  const parsed = GenerationError.safeParse(encoded)
  if (!parsed.success) {
    return new GatewayError(workQueueErrors.contract_mismatch, undefined, { cause: parsed.error })
  }
  const { code, status, message, retryable, type, param, retryAfterMs } = parsed.data
  const definition = { code, status, retryable, title: message }
  return new GatewayError(definition, message, { type, param: param ?? undefined, retryAfterMs })
}
