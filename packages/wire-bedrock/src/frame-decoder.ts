import { crc32 } from 'node:zlib'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { FramingDecoder } from '@sluice/wire/sse-decoder'

export interface Frame {
  /** Those that are texts: no other header says anything about an answer. */
  readonly headers: ReadonlyMap<string, string>
  readonly payload: Buffer
}

/** Lengths of the frame and of its headers, and the checksum of the two. */
const preludeBytes = 12
const checksumBytes = 4
const stringType = 7

/** Bytes of a header's value by its type; the two that tell their own length are not here. */
const valueBytes: Readonly<Record<number, number>> = {
  0: 0,
  1: 0,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  8: 8,
  9: 16,
}

/**
 * `application/vnd.amazon.eventstream`: length-prefixed frames, each with headers, a payload and two CRC-32 checksums; both are verified. A frame that
 * is cut by the end of the source is none.
 */
export function createFrameDecoder(
  maxFrameBytes: number,
  onFrame: (frame: Frame) => void,
): FramingDecoder {
  // Pieces of a frame whose end has not come; joined once, so a frame cut into many pieces costs linear time.
  let pieces: Buffer[] = []
  let held = 0
  /** Bytes that have to be there before anything can be read. */
  let wanted = preludeBytes

  return {
    push(chunk) {
      pieces.push(chunk)
      held += chunk.length
      if (held < wanted) return
      let rest = pieces.length === 1 ? chunk : Buffer.concat(pieces)
      for (;;) {
        wanted = rest.length < preludeBytes ? preludeBytes : frameLength(rest, maxFrameBytes)
        if (rest.length < wanted) break
        onFrame(readFrame(rest.subarray(0, wanted)))
        rest = rest.subarray(wanted)
      }
      pieces = rest.length === 0 ? [] : [rest]
      held = rest.length
    },
    end() {
      if (held > 0) throw broken('a frame is cut')
    },
  }
}

function frameLength(bytes: Buffer, maxFrameBytes: number): number {
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw broken('a prelude is damaged')
  const length = bytes.readUInt32BE(0)
  if (length > maxFrameBytes) {
    const limit = `a stream event is larger than ${String(maxFrameBytes)} bytes`
    throw new GatewayError(wireErrors.wire_event_too_large, limit)
  }
  if (length < preludeBytes + bytes.readUInt32BE(4) + checksumBytes)
    throw broken('a length is wrong')
  return length
}

function readFrame(frame: Buffer): Frame {
  const end = frame.length - checksumBytes
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw broken('a frame is damaged')
  const headersEnd = preludeBytes + frame.readUInt32BE(4)
  return {
    headers: readHeaders(frame.subarray(preludeBytes, headersEnd)),
    payload: frame.subarray(headersEnd, end),
  }
}

/** The checksum was right: what does not fit here was written wrong. */
function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw broken('a header is cut')
    at += count
    return bytes.subarray(at - count, at)
  }
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString()
    const type = take(1).readUInt8()
    const length =
      valueBytes[type] ?? (type === 6 || type === stringType ? take(2).readUInt16BE() : null)
    if (length === null) throw broken('a header is of no known type')
    const value = take(length)
    if (type === stringType) headers.set(name, value.toString())
  }
  return headers
}

function broken(problem: string): GatewayError {
  return new GatewayError(wireErrors.upstream_error, problem)
}
