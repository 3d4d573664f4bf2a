/** How to reach one set-up: everything that differs between gateways. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Path of chat completions. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What this gateway calls the upstream's model. */
  readonly model: string
}

interface JobBase {
  readonly endpoint: Endpoint
  readonly connections: number
  /** Size of the request body, bytes; the smallest possible one when it is less. */
  readonly promptBytes: number
  /** Load before the measured window, on the same connections. */
  readonly warmUpMs: number
  /** No request starts after this; those in flight are finished and counted. */
  readonly measureMs: number
  /** The window also ends after this many requests. */
  readonly maxRequests: number
}

/** Each connection sends its next request when it has the answer to the last. */
export interface ClosedJob extends JobBase {
  readonly kind: 'closed'
  /** 0 = a plain reply, otherwise a stream of so many parts. */
  readonly tokens: number
  readonly intervalMs: number
}
/** Plain requests at random moments (Poisson), whether or not the last were answered. */
export interface OpenJob extends JobBase {
  readonly kind: 'open'
  readonly requestsPerSecond: number
}
/** Opens `connections` streams and keeps them until `release`. */
export interface HoldJob extends JobBase {
  readonly kind: 'hold'
  readonly intervalMs: number
}
export type Job = ClosedJob | OpenJob | HoldJob

export interface LoadResult {
  /** Answers that passed every check. */
  readonly requests: number
  readonly seconds: number
  /** Streamed parts that arrived, in order, with the right nonce. */
  readonly parts: number
  /** Microseconds, from the first byte sent to the last received. */
  readonly latency: Percentiles
  /** Microseconds until the first streamed part. */
  readonly firstPart: Percentiles
  /** Microseconds between the upstream's write of a part and its arrival. */
  readonly partDelay: Percentiles
  readonly failures: number
  /** The first few, in words. */
  readonly failureSamples: readonly string[]
}

export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export type Command =
  | { readonly type: 'start'; readonly job: Job }
  /** Begin the measured window. */
  | { readonly type: 'go' }
  /** Close the streams held open. */
  | { readonly type: 'release' }

export type Report =
  /** Warm-up done (or, with `hold`, all streams open) and nothing in flight. */
  | { readonly type: 'warm'; readonly failures: number; readonly failureSamples: readonly string[] }
  | { readonly type: 'done'; readonly result: LoadResult }
  | { readonly type: 'failed'; readonly message: string }
