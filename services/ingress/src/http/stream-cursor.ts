import type { IncomingHttpHeaders } from 'node:http'
import type { Cursor } from '@sluice/contracts/generation/log-entry'
import { GatewayError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'

/** A place between two events of an answer: after all of entry `<epoch>-<seq>`, or after its event number `part` (from 0). */
export interface StreamCursor extends Cursor {
  readonly part: number | null
}

/** Bounded so that every number in it is exact. */
const form = /^([1-9]\d{0,14})-([1-9]\d{0,14})(?:\.(0|[1-9]\d{0,8}))?$/

/** `<epoch>-<seq>` or `<epoch>-<seq>.<part>`, as the `id:` lines of a stream carry it. */
export function parseStreamCursor(text: string, param: string): StreamCursor {
  const [, epoch, seq, part] = form.exec(text) ?? []
  if (epoch === undefined || seq === undefined) {
    const message = `${param} must be the id of an event of this stream`
    throw new GatewayError(ingressErrors.invalid_cursor, message, { param })
  }
  return {
    epoch: Number(epoch),
    seq: Number(seq),
    part: part === undefined ? null : Number(part),
  }
}

/**
 * Where a reader wants to go on; null = from the start. The header wins: a client that reconnects by itself sets it anew each time, while the
 * address keeps what it began with. An empty one says, by the SSE standard, that there is none.
 */
export function readStreamCursor(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): StreamCursor | null {
  const header = headers['last-event-id']
  if (typeof header === 'string' && header !== '') return parseStreamCursor(header, 'Last-Event-ID')
  const parameter = query.get('starting_after')
  return parameter === null ? null : parseStreamCursor(parameter, 'starting_after')
}

export function formatCursor({ epoch, seq }: Cursor): string {
  return `${String(epoch)}-${String(seq)}`
}

/** Negative when `one` lies before `other`, 0 when they are the same place; parts are not looked at. */
export function compareCursors(one: Cursor, other: Cursor): number {
  return one.epoch - other.epoch || one.seq - other.seq
}
