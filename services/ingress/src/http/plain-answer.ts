import type { Tail } from '@sluice/generations'
import type { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { answerError, errorOf } from './answer-error.ts'
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

function reply(call: Call, body: Buffer, { config }: IngressContext): void {
  const { request, response } = call
  response.writeHead(
    200,
    callHeaders(call, config.publicTls, {
      'content-type': 'application/json',
      'content-length': body.length,
    }),
  )
  call.bytesOut = body.length
  // Until the client took it all; Node replaces it by the keep-alive timeout then.
  request.socket.setTimeout(config.stallTimeoutMs)
  response.end(body)
}
