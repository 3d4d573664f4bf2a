/**
 * What the load generator and the canned upstream agree on. They meet only through the prompt, because not every gateway forwards
 * headers of the caller: `[[nonce=00000001 tokens=64 interval=0]]`. The nonce comes back in every part, so that an answer that
 * reached the wrong caller is an error and not a fast reply.
 */
export const nonceDigits = 8

/** The canned model; a gateway may call it by another name towards its callers. */
export const upstreamModel = 'bench-1'

/** Size of the plain reply of the upstream, bytes, headers not counted. */
export const replyBytes = 1_024

export interface Script {
  readonly nonce: string
  /** Parts of a streamed answer. */
  readonly tokens: number
  /** Milliseconds between parts; 0 = one per loop turn. */
  readonly intervalMs: number
}

export function marker({ nonce, tokens, intervalMs }: Script): string {
  return `[[nonce=${nonce} tokens=${String(tokens)} interval=${String(intervalMs)}]]`
}

const pattern = /\[\[nonce=(\d+) tokens=(\d+) interval=(\d+)\]\]/

/** Reads the marker out of a request body; null when there is none. */
export function readMarker(body: Buffer): Script | null {
  const start = body.indexOf('[[nonce=')
  if (start < 0) return null
  const match = pattern.exec(body.toString('latin1', start, start + 80))
  if (!match) return null
  return { nonce: match[1] ?? '', tokens: Number(match[2]), intervalMs: Number(match[3]) }
}

/** Text of a streamed part: nonce, index, and when the upstream wrote it (µs on the machine's monotonic clock). */
export function partText(nonce: string, index: number, micros: number): string {
  return `${nonce} ${String(index).padStart(6, '0')} ${String(micros).padStart(15, '0')}`
}

/** Length of `partText`. */
export const partTextLength = nonceDigits + 1 + 6 + 1 + 15

/** CLOCK_MONOTONIC in µs: the same clock in every process of the machine. */
export function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1_000_000 + Math.floor(nanos / 1_000)
}
