import type { Call } from './call.ts'

/**
 * After the last write of an answer: a client that takes nothing of what is left for `stallMs` is cut off. Node replaces the timeout by its
 * keep-alive one when all is sent. Mostly the kernel took it at once: then there is nothing to wait for, and no timer to pay.
 */
export function limitStall({ request, response }: Call, stallMs: number): void {
  const sent = response.socket !== null && response.socket.writableLength === 0
  if (!sent) request.socket.setTimeout(stallMs)
}
