import type { LogEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import type { Tail } from '@sluice/generations'
import type { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { answerError, errorOf } from './answer-error.ts'
import { callHeaders } from './response-headers.ts'
import { sseFrames } from './sse-frames.ts'

/**
 * Sends the entries of a generation as they come. The response head waits for the first one, so a failure with nothing published has its
 * proper status; after it a failure is an error event. What one pull brought is one write, and nothing is pulled while the client has not
 * taken the last one. Only the terminal entry ends the response.
 */
export async function streamAnswer(call: Call, tail: Tail, context: IngressContext): Promise<void> {
  const { response } = call
  const { stallTimeoutMs } = context.config
  for (;;) {
    const entries = await tail.next()
    if (entries === null || call.departure !== null) return
    const terminal = noteEntries(call, entries)
    if (!response.headersSent) {
      if (terminal && nothingPublished(terminal, entries)) {
        answerError(call, errorOf(terminal), context)
        return
      }
      openStream(call, context)
    }
    const frames = entries.map((entry) => sseFrames(entry, call.id)).join('')
    call.bytesOut += frames.length
    call.lastWriteAt = context.clock.monotonic()
    if (terminal) {
      // Until the client took it all; Node replaces it by its keep-alive timeout then.
      call.request.socket.setTimeout(stallTimeoutMs)
      response.end(frames, 'latin1')
      return
    }
    if (frames === '') response.flushHeaders()
    else if (!response.write(frames, 'latin1')) await drained(call, stallTimeoutMs)
  }
}

/** Keeps what the answer's headers and the wide event need, and gives the terminal if this was the end. */
function noteEntries(call: Call, entries: readonly LogEntry[]): Terminal | null {
  for (const entry of entries) {
    if (entry.head) call.head = entry.head
    if (entry.end) call.terminal = entry.end
  }
  return call.terminal
}

function nothingPublished(terminal: Terminal, entries: readonly LogEntry[]): boolean {
  return terminal.state !== 'completed' && entries.every((entry) => entry.data.length === 0)
}

function openStream(call: Call, { config, clock }: IngressContext): void {
  call.firstPartAt = clock.monotonic()
  call.response.writeHead(
    200,
    callHeaders(call, config.publicTls, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    }),
  )
}

/** Until the client took what was written, or is gone. One that takes nothing for `stallMs` is cut off: it can come back for the rest. */
function drained(call: Call, stallMs: number): Promise<void> {
  const { response } = call
  const { socket } = call.request
  return new Promise((resolve) => {
    const onStall = () => {
      call.cut('stalled')
    }
    const settle = () => {
      socket.setTimeout(0)
      socket.off('timeout', onStall)
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    socket.setTimeout(stallMs)
    socket.on('timeout', onStall)
    response.on('drain', settle)
    response.on('close', settle)
  })
}
