import type { LogEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import type { Tail } from '@sluice/generations'
import { generationErrors } from '@sluice/generations/errors'
import { GatewayError } from '@sluice/kernel/errors'
import type { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { answerError, errorOf } from './answer-error.ts'
import { limitStall } from './limit-stall.ts'
import { callHeaders } from './response-headers.ts'
import { type Reader, sseFrames } from './sse-frames.ts'
import { compareCursors, type StreamCursor } from './stream-cursor.ts'

/** What of a log is sent, and how its entries look. */
export interface Showing {
  /** The answer was given before: to ask for it again cannot mend it. */
  readonly again: boolean
  /** What the client has already; null = nothing. With a part, the tail begins with that entry, else after it. */
  readonly after: StreamCursor | null
  readonly frames: (entry: LogEntry, reader: Reader, afterPart?: number) => string
}

const wholeStream: Showing = Object.freeze({ again: false, after: null, frames: sseFrames })

/**
 * Sends the entries of a generation as they come. The response head waits for the first one, so a failure with nothing published has its
 * proper status; after it a failure is an error event. It does not wait longer than proxies do: a model that thinks for long has its stream
 * opened by the first keep-alive comment. What one pull brought is one write, and nothing is pulled while the client has not
 * taken the last one. Only the terminal entry ends the response.
 */
export async function streamAnswer(
  call: Call,
  tail: Tail,
  context: IngressContext,
  showing: Showing = wholeStream,
): Promise<void> {
  let begun = isInsideEntry(showing.after) ? showing.after : null
  // A cursor may turn out to be one that the log never had, which is an answer of its own.
  if (showing.after === null && !call.response.headersSent)
    call.openSilent = () => {
      openStream(call, context)
      call.firstPartAt = null
    }
  for (;;) {
    // Kept in no variable: a client that takes long costs what was written, not what it was made from.
    const sent = send(await tail.next(), call, context, showing, begun)
    begun = null
    if (sent === 'over') return
    if (sent === 'stuck') await drained(call, context.config.stallTimeoutMs)
  }
}

/** `stuck`: the client has to take some of it first. */
type Sent = 'over' | 'taken' | 'stuck'

function send(
  entries: readonly LogEntry[] | null,
  call: Call,
  context: IngressContext,
  showing: Showing,
  begun: EventCursor | null,
): Sent {
  call.openSilent = null
  if (entries === null || call.departure !== null) return 'over'
  const { response } = call
  const { after } = showing
  const terminal = noteEntries(call, entries)
  const frames = framesOf(entries, call, showing, begun)
  if (!response.headersSent) {
    if (terminal && after === null && nothingPublished(terminal, entries)) {
      const error = errorOf(terminal)
      answerError(call, showing.again ? { ...error, retryable: false } : error, context)
      return 'over'
    }
    if (terminal && after !== null && frames === '') {
      answerNothingLeft(call, context)
      return 'over'
    }
    openStream(call, context)
  }
  call.bytesOut += frames.length
  call.lastWriteAt = context.clock.monotonic()
  call.firstPartAt ??= call.lastWriteAt
  if (terminal) {
    response.end(frames, 'latin1')
    limitStall(call, context.config.stallTimeoutMs)
    return 'over'
  }
  if (frames === '') response.flushHeaders()
  else if (!write(call, frames)) return 'stuck'
  return 'taken'
}

/** Above this a write may have to wait: of a text that does, the system call keeps a second copy. */
const bufferedBytes = 8_192

function write({ response }: Call, frames: string): boolean {
  if (frames.length <= bufferedBytes) return response.write(frames, 'latin1')
  return response.write(Buffer.from(frames, 'latin1'))
}

/** The client has every event of an answer that is over. Not an empty stream, which looks like one that was cut: 204 tells readers to stop. */
export function answerNothingLeft(call: Call, context: IngressContext): void {
  call.response.writeHead(204, callHeaders(call, context, {})).end()
}

export function openStream(call: Call, context: IngressContext): void {
  call.firstPartAt = context.clock.monotonic()
  call.lastWriteAt = call.firstPartAt
  call.response.writeHead(
    200,
    callHeaders(call, context, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    }),
  )
}

/** A place inside an entry. */
type EventCursor = StreamCursor & { readonly part: number }

/** Whether the client has some events of an entry, but perhaps not all. */
export function isInsideEntry(cursor: StreamCursor | null): cursor is EventCursor {
  return cursor !== null && cursor.part !== null
}

/** Keeps what the answer's headers and the wide event need, and gives the terminal if this was the end. */
function noteEntries(call: Call, entries: readonly LogEntry[]): Terminal | null {
  for (const entry of entries) {
    if (entry.head) call.head = entry.head
    if (entry.end) call.terminal = entry.end
  }
  return call.terminal
}

/** `begun`: the first entry is this one, and the client has its events up to `part`. */
function framesOf(
  entries: readonly LogEntry[],
  reader: Reader,
  { frames }: Showing,
  begun: EventCursor | null,
): string {
  return entries
    .map((entry, index) => {
      if (begun === null || index > 0) return frames(entry, reader)
      if (compareCursors(entry, begun) !== 0) throw new GatewayError(generationErrors.log_reset)
      return frames(entry, reader, begun.part)
    })
    .join('')
}

function nothingPublished(terminal: Terminal, entries: readonly LogEntry[]): boolean {
  return terminal.state !== 'completed' && entries.every((entry) => entry.data.length === 0)
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
