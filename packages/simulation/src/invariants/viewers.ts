import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { Exchange } from '../clients/exchange.ts'
import { type Check, type Evidence, type Story, ticksIn } from './evidence.ts'

/** I3, I9: each client saw a contiguous slice of its log from its cursor on, and an end that says how it ended; nobody was left hanging. */
export const checkViewers: Check = function* (evidence) {
  const { openClients, exchanges, settings } = evidence
  if (openClients > 0) yield `I9: ${String(openClients)} clients still wait at the end`
  for (const exchange of exchanges) {
    const waitedMs = exchange.endedAt - exchange.startedAt
    if (exchange.end === 'left' && waitedMs >= settings.deadlineMs + 60_000)
      yield `I9: ${named(exchange)} had no end after ${String(Math.round(waitedMs))} ms`
    if (exchange.status === 0) continue
    const story = storyOf(exchange, evidence)
    const isStream = exchange.headers['content-type']?.startsWith('text/event-stream') ?? false
    if (isStream && exchange.status === 200) yield* stream(exchange, story)
    else yield* reply(exchange, story)
  }
}

export function storyOf({ headers, ask }: Exchange, { stories }: Evidence): Story | null {
  const named = /\/generations\/([^/?]+)/.exec(ask.path)?.[1]
  return stories.get(named ?? headers['x-request-id'] ?? '') ?? null
}

export function named({ client, ask, headers }: Exchange): string {
  return `${client} (${ask.method} ${ask.path}, ${headers['x-request-id'] ?? 'no id'})`
}

function cursorOf({ ask }: Exchange): string | null {
  return ask.headers['last-event-id'] ?? /starting_after=([^&]+)/.exec(ask.path)?.[1] ?? null
}

interface Place {
  readonly id: string
  /** Null: an error event, whose text is the edge's. */
  readonly data: string | null
}

/** The events of a log as every viewer has to see them. */
function placesOf(entries: readonly LogEntry[]): Place[] {
  return entries.flatMap(({ epoch, seq, data, end }) => {
    const payloads: (string | null)[] = data.length === 0 ? [] : data.toString('latin1').split('\n')
    if (end !== null && end.state !== 'completed') payloads.push(null)
    const id = `${String(epoch)}-${String(seq)}`
    return payloads.map((payload, part) => ({
      id: payloads.length > 1 ? `${id}.${String(part)}` : id,
      data: payload,
    }))
  })
}

/** Index of the first place after the cursor; null when there is no such place. */
function indexAfter(
  cursor: string,
  places: readonly Place[],
  entries: readonly LogEntry[],
): number | null {
  const exact = places.findIndex(({ id }) => id === cursor)
  if (exact >= 0) return exact + 1
  if (cursor.includes('.')) return null
  // Without a part: after the whole entry.
  const [epoch, seq] = cursor.split('-').map(Number)
  if (!entries.some((entry) => entry.epoch === epoch && entry.seq === seq)) return null
  return places.findLastIndex(({ id }) => id.split('.')[0] === cursor) + 1
}

function* stream(exchange: Exchange, story: Story | null): Iterable<string> {
  const { events, end } = exchange
  if (story === null) {
    yield `I3: ${named(exchange)} got a stream of no known generation`
    return
  }
  const places = placesOf(story.entries)
  const cursor = cursorOf(exchange)
  const from = cursor === null ? 0 : indexAfter(cursor, places, story.entries)
  if (from === null) {
    yield `I3: ${named(exchange)} was given data after ${cursor ?? ''}, which the log never had`
    return
  }
  for (const [i, event] of events.entries()) {
    const place = places[from + i]
    const same = place?.id === event.id && (place?.data ?? event.data) === event.data
    if (same && (place?.data !== null || event.data.includes('"error"'))) continue
    yield `I3: ${named(exchange)} got ${event.id ?? 'no id'} ${event.data} in place of ${place?.id ?? 'the end'} ${place?.data ?? ''}`
    return
  }
  if (end !== 'whole') return
  if (from + events.length < places.length)
    yield `I3: ${named(exchange)} saw a clean end after ${String(from + events.length)} of ${String(places.length)} events`
  if (story.entries.at(-1)?.end == null)
    yield `I3: ${named(exchange)} saw a clean end of a log that has none`
}

/** 204: the log has ended, and the cursor was its end. */
function* nothingMore(exchange: Exchange, story: Story | null): Iterable<string> {
  const cursor = cursorOf(exchange)
  const places = placesOf(story?.entries ?? [])
  const from = cursor === null ? 0 : indexAfter(cursor, places, story?.entries ?? [])
  if (story?.entries.at(-1)?.end == null || from !== places.length)
    yield `I3: ${named(exchange)} was told that nothing follows ${cursor ?? 'the start'}`
}

function* reply(exchange: Exchange, story: Story | null): Iterable<string> {
  const { status, body, end, ask } = exchange
  if (end !== 'whole') return
  const isChat = ask.path === '/v1/chat/completions'
  const cursor = cursorOf(exchange)
  const isStream = ask.path.includes('/stream')
  if (isChat && status === 200) {
    const log = story?.entries.at(-1)
    if (log?.end?.state !== 'completed')
      yield `I3: ${named(exchange)} got 200 for what did not complete`
    else if (log.data.toString('latin1') !== body)
      yield `I3: ${named(exchange)} got another reply than its log holds`
  }
  if (status === 204) yield* nothingMore(exchange, story)
  const isOwn = story !== null && story.tenant === exchange.tenant
  if (isOwn && !isChat && (status === 404 || status === 410))
    yield `I11: ${named(exchange)} got ${String(status)} for a generation of its own`
  if (status >= 400 && ticksIn(body).length > 0)
    yield `I3: ${named(exchange)} got ticks beside status ${String(status)}`
  if (
    isStream &&
    cursor !== null &&
    story !== null &&
    (status === 409 || status === 410 || status === 400)
  ) {
    if (indexAfter(cursor, placesOf(story.entries), story.entries) !== null)
      yield `I3: ${named(exchange)} was refused (${String(status)}) with ${cursor}, a place that its log has`
    if (status === 400 && /^\d+-\d+$/.test(cursor))
      yield `I3: ${named(exchange)} got 400 for a cursor of proper form`
  }
}
