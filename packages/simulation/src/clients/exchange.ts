import { Connection } from '../world/connection.ts'
import type { Edge } from '../world/edge.ts'
import { ReplyReader, type SseEvent, sseEvents } from './reply-reader.ts'

/** What a client asks, and how it behaves while it is answered. */
export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** Leaves as soon as it has this many bytes of the answer's body. */
  readonly leaveAfterBytes: number | null
  /** Leaves after so long. */
  readonly leaveAfterMs: number | null
  readonly leaveHow: 'end' | 'reset'
  /** Ms per read; null = never reads. */
  readonly readPauseMs: number | null
  readonly readBytes: number
}

/** One request and what came back, as the client saw it. */
export interface Exchange {
  readonly ask: Ask
  /** Which client made it. */
  readonly client: string
  readonly tenant: string
  readonly key: string
  /** What it put into the prompt; null for what asks nothing of a provider. */
  readonly marker: string | null
  readonly startedAt: number
  readonly endedAt: number
  /** Of the answer; 0 = no head came. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Empty unless the answer is a stream. */
  readonly events: readonly SseEvent[]
  /**
   * `whole`: to the end that its framing has. `refused`: no connection. `reset`: broken under the client. `cut`: an end in order before
   * the answer was whole. `left`: the client went.
   */
  readonly end: 'whole' | 'refused' | 'reset' | 'cut' | 'left'
}

export type Asker = Pick<Exchange, 'client' | 'tenant' | 'key' | 'marker'>

/** Makes one request over a connection of its own; resolves when the client has seen the last of it. */
export function exchange(edge: Edge, asker: Asker, ask: Ask): Promise<Exchange> {
  const { promise, resolve } = Promise.withResolvers<Exchange>()
  const { scheduler, history } = edge.wire
  const startedAt = scheduler.now
  const reader = new ReplyReader()
  let over = false
  const finish = (end: Exchange['end']) => {
    if (over) return
    over = true
    const isStream = reader.headers['content-type']?.startsWith('text/event-stream') ?? false
    const { status, headers, body } = reader
    history.add(asker.client, `${ask.method} ${ask.path}: ${String(status)} ${end} ${body}`)
    const events = isStream ? sseEvents(body) : []
    resolve({
      ...asker,
      ask,
      startedAt,
      endedAt: scheduler.now,
      status,
      headers,
      body,
      events,
      end,
    })
  }

  const target = edge.pick()
  history.add(asker.client, `${ask.method} ${ask.path} to ${target?.process.name ?? 'nobody'}`)
  if (target === null) {
    scheduler.after(1, () => {
      finish('refused')
    })
    return promise
  }
  const leave = () => {
    if (over) return
    connection.leave(ask.leaveHow)
    finish('left')
  }
  const connection = new Connection({
    ...target,
    wire: edge.wire,
    highWaterMark: edge.socketBufferBytes,
    readPauseMs: () => ask.readPauseMs,
    readBytes: ask.readBytes,
    events: {
      onBytes(bytes) {
        reader.push(bytes)
        if (ask.leaveAfterBytes !== null && reader.body.length >= ask.leaveAfterBytes) leave()
        else if (reader.complete) {
          finish('whole')
          connection.leave('end')
        }
      },
      onEnd: () => {
        finish('cut')
      },
      onReset: () => {
        finish('reset')
      },
    },
  })
  connection.send(request(ask))
  if (ask.leaveAfterMs !== null) scheduler.after(ask.leaveAfterMs, leave)
  return promise
}

function request({ method, path, headers, body }: Ask): string {
  const all: Record<string, string> = { host: 'gateway', ...headers }
  if (body !== null) {
    all['content-type'] = 'application/json'
    all['content-length'] = String(Buffer.byteLength(body))
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}
