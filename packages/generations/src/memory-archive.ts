import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
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

const segmentBytes = 1024 * 1024
/** Restored outlines that are kept until the next sweep: to parse one anew for each pull of a slow reader would cost more than the reading. */
const recentCount = 8

/**
 * Ended generations, until their retention is over or newer ones need the room. They lie outside the JavaScript heap: as objects they
 * would be copied twice by the garbage collector and then swept up, which costs several times what the request itself does.
 */
export class MemoryArchive {
  readonly #options: MemoryArchiveOptions
  readonly #places = new Map<RequestId, Place>()
  readonly #segments = new Fifo<Segment>()
  #current: Segment | null = null
  /** The last segment given up: used again, so that a steady flow allocates nothing. */
  #spare: Buffer | null = null
  #bytes = 0
  #recent: MemoryGeneration[] = []

  constructor(options: MemoryArchiveOptions) {
    this.#options = options
  }

  add(generation: MemoryGeneration, finishedAt: number): void {
    const { id } = generation.request
    const outline = outlineOf(generation)
    let dataBytes = 0
    for (const { data } of generation.entries) dataBytes += data.length
    // In UTF-8 a character of a string takes at most three bytes.
    const segment = this.#room(outline.length * 3 + dataBytes)
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

  /** Gives up what is too old, and the oldest of the rest until `bytes` more fit. */
  sweep(bytes = 0): void {
    this.#recent = []
    const { maxBytes, onGone } = this.#options
    for (let oldest = this.#segments.peek(); oldest !== undefined; oldest = this.#segments.peek()) {
      if (!this.#isOld(oldest.newestEndAt) && this.#bytes + bytes <= maxBytes) return
      this.#segments.shift()
      for (const id of oldest.ids) {
        this.#places.delete(id)
        onGone?.(id)
      }
      this.#bytes -= oldest.buffer.length
      if (oldest.buffer.length === segmentBytes) this.#spare = oldest.buffer
      if (oldest === this.#current) this.#current = null
    }
  }

  #room(bytes: number): Segment {
    const current = this.#current
    if (current !== null && current.buffer.length - current.used >= bytes) return current
    const size = Math.max(bytes, segmentBytes)
    this.sweep(size)
    const spare = size === segmentBytes ? this.#spare : null
    const buffer = spare ?? Buffer.allocUnsafeSlow(size)
    if (spare !== null) this.#spare = null
    const segment: Segment = { buffer, ids: [], used: 0, newestEndAt: this.#options.clock.now() }
    this.#segments.push(segment)
    this.#bytes += buffer.length
    this.#current = segment
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
