import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import { Fifo } from './fifo.ts'
import { MemoryGeneration } from './memory-generation.ts'

export interface MemoryArchiveOptions {
  readonly clock: Clock
  readonly retentionMs: number
  readonly maxBytes: number
  /** It cannot be read here any more. */
  readonly onGone?: (id: RequestId) => void
}

/** What can still be asked of an ended generation, but for the data of its entries. */
type Outline = Pick<MemoryGeneration, 'state' | 'epoch' | 'seq' | 'outcomes'> & {
  readonly request: Pick<
    GenerationRequest,
    'id' | 'caller' | 'operation' | 'wire' | 'stream' | 'model' | 'acceptedAt'
  >
  readonly entries: readonly (Omit<LogEntry, 'data'> & { readonly bytes: number })[]
}

/** A stretch of memory that is filled once and given up as a whole: outline (JSON), data, outline, data … */
interface Segment {
  readonly buffer: Buffer
  readonly ids: RequestId[]
  used: number
  newestEndAt: number
}

interface Place {
  readonly segment: Segment
  readonly offset: number
  readonly outlineBytes: number
  readonly finishedAt: number
  /** For the next one who asks, while somebody still holds it. */
  restored: WeakRef<MemoryGeneration> | null
}

/** The ended generations of one tenant, the oldest first. */
interface Line {
  readonly segments: Fifo<Segment>
  /** The last of them, while it has room. */
  current: Segment | null
  bytes: number
}

/** A tenant's segments double from the one to the other, so that many tenants with little each hold little. */
const firstSegmentBytes = 64 * 1024
const segmentBytes = 1024 * 1024
/** Restored outlines that are kept until the next sweep: to parse one anew for each pull of a slow reader would cost more than the reading. */
const recentCount = 8

/**
 * Ended generations, until their retention is over or newer ones need the room: then who holds the most gives up its oldest, so that no tenant's
 * answers go because of all that another one asks. They lie outside the JavaScript heap: as objects they
 * would be copied twice by the garbage collector and then swept up, which costs several times what the request itself does.
 */
export class MemoryArchive {
  readonly #options: MemoryArchiveOptions
  readonly #places = new Map<RequestId, Place>()
  readonly #lines = new Map<TenantId, Line>()
  /** The last segment given up: used again, so that a steady flow allocates nothing. */
  #spare: Buffer | null = null
  #bytes = 0
  #recent: MemoryGeneration[] = []

  constructor(options: MemoryArchiveOptions) {
    this.#options = options
  }

  add(generation: MemoryGeneration, finishedAt: number): void {
    const { id, caller } = generation.request
    const outline = outlineOf(generation)
    let dataBytes = 0
    for (const { data } of generation.entries) dataBytes += data.length
    // In UTF-8 a character of a string takes at most three bytes.
    const segment = this.#room(caller.tenantId, outline.length * 3 + dataBytes)
    const offset = segment.used
    const outlineBytes = segment.buffer.write(outline, offset)
    segment.used += outlineBytes
    for (const { data } of generation.entries)
      segment.used += data.copy(segment.buffer, segment.used)
    segment.ids.push(id)
    segment.newestEndAt = finishedAt
    this.#places.set(id, { segment, offset, outlineBytes, finishedAt, restored: null })
  }

  has(id: RequestId): boolean {
    const place = this.#places.get(id)
    return place !== undefined && !this.#isOld(place.finishedAt)
  }

  /** To be used in the same turn of the event loop only: later its place may belong to another one. */
  find(id: RequestId): MemoryGeneration | null {
    const place = this.#places.get(id)
    if (place === undefined || this.#isOld(place.finishedAt)) return null
    const known = place.restored?.deref()
    if (known !== undefined) return known
    const generation = restore(place)
    place.restored = new WeakRef(generation)
    this.#recent.unshift(generation)
    if (this.#recent.length > recentCount) this.#recent.pop()
    return generation
  }

  /** Gives up what is too old, and of the rest as much as it takes until `bytes` more fit. */
  sweep(bytes = 0): void {
    this.#recent = []
    for (const [tenantId, line] of this.#lines) {
      for (let oldest = line.segments.peek(); oldest; oldest = line.segments.peek()) {
        if (!this.#isOld(oldest.newestEndAt)) break
        this.#giveUpOldest(line)
      }
      if (line.segments.peek() === undefined) this.#lines.delete(tenantId)
    }
    while (this.#bytes > 0 && this.#bytes + bytes > this.#options.maxBytes) {
      let largest: Line | null = null
      for (const line of this.#lines.values())
        if (largest === null || line.bytes > largest.bytes) largest = line
      if (largest === null) return
      this.#giveUpOldest(largest)
    }
  }

  #giveUpOldest(line: Line): void {
    const oldest = line.segments.shift()
    if (oldest === undefined) return
    for (const id of oldest.ids) {
      this.#places.delete(id)
      this.#options.onGone?.(id)
    }
    const { length } = oldest.buffer
    this.#bytes -= length
    line.bytes -= length
    if (length === segmentBytes) this.#spare = oldest.buffer
    if (oldest === line.current) line.current = null
  }

  #room(tenantId: TenantId, bytes: number): Segment {
    let line = this.#lines.get(tenantId)
    const current = line?.current
    if (current && current.buffer.length - current.used >= bytes) return current
    const usual = Math.min(Math.max(line?.bytes ?? 0, firstSegmentBytes), segmentBytes)
    const size = Math.max(bytes, usual)
    this.sweep(size)
    // The sweep forgets lines that it left nothing of.
    line = this.#lines.get(tenantId)
    if (line === undefined) {
      line = { segments: new Fifo(), current: null, bytes: 0 }
      this.#lines.set(tenantId, line)
    }
    const spare = size === segmentBytes ? this.#spare : null
    const buffer = spare ?? Buffer.allocUnsafeSlow(size)
    if (spare !== null) this.#spare = null
    const segment: Segment = { buffer, ids: [], used: 0, newestEndAt: this.#options.clock.now() }
    line.segments.push(segment)
    line.current = segment
    line.bytes += buffer.length
    this.#bytes += buffer.length
    return segment
  }

  #isOld(finishedAt: number): boolean {
    return finishedAt + this.#options.retentionMs <= this.#options.clock.now()
  }
}

function outlineOf(generation: MemoryGeneration): string {
  const { state, epoch, seq, outcomes } = generation
  const { id, caller, operation, wire, stream, model, acceptedAt } = generation.request
  const outline: Outline = {
    request: { id, caller, operation, wire, stream, model, acceptedAt },
    state,
    epoch,
    seq,
    outcomes,
    entries: generation.entries.map((entry) => ({
      epoch: entry.epoch,
      seq: entry.seq,
      head: entry.head,
      bytes: entry.data.length,
      end: entry.end,
    })),
  }
  return JSON.stringify(outline)
}

function restore({ segment, offset, outlineBytes, finishedAt }: Place): MemoryGeneration {
  const { buffer } = segment
  const dataAt = offset + outlineBytes
  const outline = JSON.parse(buffer.toString('utf8', offset, dataAt)) as Outline
  const { request, entries, ...fields } = outline
  // No transition leaves an end, so nobody reads the rest of the request any more.
  const generation = new MemoryGeneration(request as GenerationRequest, null)
  Object.assign(generation, fields, { finishedAt })
  let at = dataAt
  for (const { bytes, ...entry } of entries) {
    generation.entries.push(new ArchivedEntry(entry, buffer.subarray(at, at + bytes)))
    at += bytes
  }
  return generation
}

/** Its data stays where it is until it is asked for: who reads a long log slowly holds no copy of the rest. */
class ArchivedEntry implements LogEntry {
  readonly epoch: number
  readonly seq: number
  readonly head: LogEntry['head']
  readonly end: LogEntry['end']
  readonly #place: Buffer

  constructor({ epoch, seq, head, end }: Omit<LogEntry, 'data'>, place: Buffer) {
    this.epoch = epoch
    this.seq = seq
    this.head = head
    this.end = end
    this.#place = place
  }

  /** A copy: the segment will be written over one day. */
  get data(): Buffer {
    return Buffer.from(this.#place)
  }
}
