import type { Tail } from '@sluice/generations'
import type { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { answerError, errorOf } from './answer-error.ts'
import { limitStall } from './limit-stall.ts'
import { callHeaders } from './response-headers.ts'

/** Waits for the end of the generation and answers with it: nothing is sent before, so every failure has its proper status. */
export async function plainAnswer(call: Call, tail: Tail, context: IngressContext): Promise<void> {
  for (;;) {
    const entries = await tail.next()
    if (entries === null || call.departure !== null) return
    for (const entry of entries) {
      if (entry.head) call.head = entry.head
      if (!entry.end) continue
      call.terminal = entry.end
      if (entry.end.state === 'completed') reply(call, entry.data, context)
      else answerError(call, errorOf(entry.end), context)
      return
    }
  }
}

/** Up to here copying a body costs less than a second piece of a write. */
const joinedBytes = 16_384

function reply(call: Call, body: Buffer, context: IngressContext): void {
  const { response } = call
  response.writeHead(
    200,
    callHeaders(call, context, {
      'content-type': call.head?.contentType ?? 'application/json',
      'content-length': body.length,
      // Nothing of a stream is known before its headers go.
      ...(call.terminal?.usage.estimated === true ? { 'x-gateway-estimated': 'true' } : {}),
    }),
  )
  call.bytesOut = body.length
  // Head and body of one string are one write; of a string and a buffer they are gathered from two.
  if (body.length <= joinedBytes) response.end(body.toString('latin1'), 'latin1')
  else response.end(body)
  limitStall(call, context.config.stallTimeoutMs)
}
