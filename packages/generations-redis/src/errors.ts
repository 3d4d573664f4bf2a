import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { retryAfterMs } from '@sluice/generations/errors'

/** Replies of a server that is up but cannot serve now. */
const transientReplies =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|MISCONF) /

export function unavailable(cause: unknown, message = 'Redis is not reachable'): GatewayError {
  return new GatewayError(kernelErrors.dependency_unavailable, message, { cause, retryAfterMs })
}

export function isUnavailable(error: unknown): boolean {
  return GatewayError.is(error) && error.code === kernelErrors.dependency_unavailable.code
}

export function isFunctionMissing(error: unknown): boolean {
  return Error.isError(error) && error.message.includes('Function not found')
}

export function isOutOfMemory(error: unknown): boolean {
  return Error.isError(error) && error.message.startsWith('OOM ')
}

export function isGroupMissing(error: unknown): boolean {
  return Error.isError(error) && error.message.startsWith('NOGROUP ')
}

/** What the server refused stays what it is; everything else means that it did not answer. */
export function explain(error: unknown): unknown {
  if (GatewayError.is(error)) return error
  // The client attaches the whole command: bodies and answers, which must never reach a log line.
  if (Error.isError(error)) Reflect.deleteProperty(error, 'command')
  if (!Error.isError(error) || error.name !== 'ReplyError') return unavailable(error)
  return isPassing(error) ? unavailable(error, `Redis: ${error.message}`) : error
}

/** Up, and refusing for now what is asked of it: it loads its file, or its disk is full. */
export function isPassing(error: unknown): boolean {
  return Error.isError(error) && transientReplies.test(error.message)
}
