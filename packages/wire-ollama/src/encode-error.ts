import type { GenerationError } from '@sluice/contracts/generation/generation-error'

/** From 500 on the request id is part of the message: it is all a caller can quote. */
export function encodeError({ status, message }: GenerationError, requestId: string): string {
  return JSON.stringify({ error: status >= 500 ? `${message} (request id ${requestId})` : message })
}
