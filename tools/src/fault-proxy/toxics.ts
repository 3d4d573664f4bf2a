/**
 * What a fault proxy can do to the connections that go through it; the names and meanings are Toxiproxy's.
 *
 *   down         nothing listens, and open connections are closed
 *   latency      each piece of data arrives `latencyMs` ± `jitterMs` later, in order
 *   bandwidth    no more than `bytesPerSecond` in this direction
 *   slow_close   the end of one side reaches the other `delayMs` later
 *   timeout      no data passes; the connection is closed after `timeoutMs` (0: never)
 *   reset_peer   both sides get a TCP reset `afterMs` after the connection was made, or after the toxic came
 *   slicer       data arrives in pieces of about `averageBytes`, `delayMs` apart
 *   limit_data   closed once `bytes` have passed in this direction
 */
export type Toxic =
  | { readonly type: 'down' }
  | ({ readonly type: 'latency'; readonly latencyMs: number; readonly jitterMs: number } & Reach)
  | ({ readonly type: 'bandwidth'; readonly bytesPerSecond: number } & Reach)
  | ({ readonly type: 'slow_close'; readonly delayMs: number } & Reach)
  | ({ readonly type: 'timeout'; readonly timeoutMs: number } & Reach)
  | ({ readonly type: 'reset_peer'; readonly afterMs: number } & Pick<Reach, 'toxicity'>)
  | ({ readonly type: 'slicer'; readonly averageBytes: number; readonly delayMs: number } & Reach)
  | ({ readonly type: 'limit_data'; readonly bytes: number } & Reach)

type ToxicType = Toxic['type']
/** `upstream`: from the client to the server. */
export type Direction = 'upstream' | 'downstream'

interface Reach {
  /** Without it: both. */
  readonly direction?: Direction
  /** The share of connections it befalls, 0 to 1; without it: all. */
  readonly toxicity?: number
}

/** The toxic of one type that befalls this direction of a connection. */
export function toxicFor<Type extends ToxicType>(
  toxics: readonly Toxic[],
  type: Type,
  direction: Direction,
): Extract<Toxic, { type: Type }> | undefined {
  return toxics.find(
    (toxic): toxic is Extract<Toxic, { type: Type }> =>
      toxic.type === type && (!('direction' in toxic) || toxic.direction === direction),
  )
}
