import type { WireFormat } from '@sluice/wire/wire-format'

/** The payloads of a stream as their bytes on the wire. */
export function framed(format: WireFormat, payloads: readonly string[]): Buffer {
  return Buffer.from(payloads.map((payload) => frame(format, payload)).join(''))
}

function frame(format: WireFormat, payload: string): string {
  if (format.framing === 'ndjson') return `${payload}\n`
  const name = format.eventName(payload)
  return name === null ? `data: ${payload}\n\n` : `event: ${name}\ndata: ${payload}\n\n`
}

/** The bytes in pieces that end at these places. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length]
  const pieces: Buffer[] = []
  let start = 0
  for (const end of ends.toSorted((a, b) => a - b)) {
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}
