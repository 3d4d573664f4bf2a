import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Direction, type Toxic, toxicFor } from './toxics.ts'

/** What may wait inside a link before its source is no longer read, bytes. */
const maxWaitingBytes = 256 * 1024
/** How much passes at a time where a bandwidth is set: this share of a second's. */
const bandwidthSteps = 20

export interface LinkOptions {
  readonly source: Socket
  readonly destination: Socket
  readonly direction: Direction
  /** Asked anew for each piece of data: toxics come and go while connections are open. */
  readonly toxics: () => readonly Toxic[]
  readonly random: () => number
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal
  /** Ends the connection: a toxic wants it. */
  readonly close: () => void
}

interface Piece {
  readonly bytes: Buffer
  readonly receivedAt: number
}

/** Carries one direction of a connection, byte for byte and in order, to its end. Settles when there is nothing more to carry. */
export async function carry(options: LinkOptions): Promise<void> {
  const { source, destination, gone, close } = options
  let passed = 0
  try {
    for await (const piece of pieces(source, gone)) {
      const limit = find(options, 'limit_data')
      const bytes = limit ? piece.bytes.subarray(0, limit.bytes - passed) : piece.bytes
      await hold(options)
      await delay(options, piece.receivedAt)
      await deliver(options, bytes)
      passed += bytes.length
      if (limit && passed >= limit.bytes) destination.end(close)
    }
    await hold(options)
    const slow = find(options, 'slow_close')
    if (slow) await sleep(slow.delayMs, null, { signal: gone })
    await new Promise<void>((resolve) => {
      destination.end(resolve) // called with an error, too
    })
  } catch (error) {
    if (!gone.aborted) throw error
  }
}

function find<Type extends Toxic['type']>({ toxics, direction }: LinkOptions, type: Type) {
  return toxicFor(toxics(), type, direction)
}

/** What arrives, with the time it arrived: a latency must not add up over pieces that arrive together. */
async function* pieces(source: Socket, gone: AbortSignal): AsyncGenerator<Piece> {
  const waiting: Piece[] = []
  let waitingBytes = 0
  let ended = false
  let wake: () => void = () => undefined
  source.on('data', (bytes: Buffer) => {
    waiting.push({ bytes, receivedAt: performance.now() })
    waitingBytes += bytes.length
    if (waitingBytes > maxWaitingBytes) source.pause()
    wake()
  })
  source.once('end', () => {
    ended = true
    wake()
  })
  gone.addEventListener('abort', () => {
    wake()
  })
  for (;;) {
    const piece = waiting.shift()
    if (piece) {
      waitingBytes -= piece.bytes.length
      if (waitingBytes <= maxWaitingBytes) source.resume()
      yield piece
    } else if (ended || gone.aborted) return
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
}

/** `timeout`: nothing passes while it is there, not even the end. */
async function hold(options: LinkOptions): Promise<void> {
  while (find(options, 'timeout')) await sleep(20, null, { signal: options.gone })
}

async function delay(options: LinkOptions, receivedAt: number): Promise<void> {
  const latency = find(options, 'latency')
  if (!latency) return
  const jitter = (options.random() * 2 - 1) * latency.jitterMs
  const wait = receivedAt + latency.latencyMs + jitter - performance.now()
  if (wait > 0) await sleep(wait, null, { signal: options.gone })
}

async function deliver(options: LinkOptions, bytes: Buffer): Promise<void> {
  const { gone, random } = options
  for (let at = 0; at < bytes.length;) {
    const slicer = find(options, 'slicer')
    const bandwidth = find(options, 'bandwidth')
    let size = bytes.length - at
    if (slicer) size = Math.min(size, Math.max(1, Math.round(slicer.averageBytes * 2 * random())))
    if (bandwidth)
      size = Math.min(size, Math.max(1, Math.round(bandwidth.bytesPerSecond / bandwidthSteps)))
    if (bandwidth) await sleep((size / bandwidth.bytesPerSecond) * 1_000, null, { signal: gone })
    if (slicer && at > 0) await sleep(slicer.delayMs, null, { signal: gone })
    await write(options, bytes.subarray(at, at + size))
    at += size
  }
}

async function write({ destination, gone }: LinkOptions, bytes: Buffer): Promise<void> {
  if (!destination.write(bytes)) await once(destination, 'drain', { signal: gone })
}
