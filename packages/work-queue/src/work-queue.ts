/**
 * Background jobs, questions between services, signals to all processes, and counts that they share.
 *
 * Guaranteed for jobs: at least once per group; one worker of a group at a time holds a job, by a lease that is renewed while its handler
 * runs; a job whose worker died is delivered again after `leaseMs`; a handler that throws gets the job again after a pause, and after
 * `maxDeliveries` deliveries the job goes to the dead letters of its queue and group; jobs are never trimmed; equal `dedupeId`s within ten
 * minutes are one job; payloads are JSON and arrive as copies; disposing a consumer waits for its running handlers. A group exists from
 * its first `consume` on and gets every job still in the queue; a job leaves the queue when every group has finished it.
 *
 * Guaranteed for requests: an answer, the responder's error, or a timeout error within `timeoutMs`; a retryable 503 at once when the back end
 * is away. A request is *not* redelivered after it was taken: the caller asks again, so responders must be idempotent.
 *
 * Guaranteed for counts: one count per name for all processes; each `count` is one step, so no two of them get the same number; the window
 * begins with the first count and ends `windowMs` later, with the count.
 *
 * Not promised: order between jobs; exactly once (a handler is idempotent on the job's id or its payload's); that a broadcast arrives: it is
 * a hint, and whoever needs the truth compares a revision; that a count outlives a restart of the back end.
 */
export interface WorkQueue extends AsyncDisposable {
  readonly adapter: 'memory' | 'redis'

  enqueue(queue: string, payload: Json, options?: { readonly dedupeId?: string }): Promise<void>
  consume(
    queue: string,
    options: ConsumeOptions,
    handler: (job: Job) => Promise<void>,
  ): Promise<AsyncDisposable>
  deadLetters(queue: string, group: string): Promise<readonly DeadLetter[]>
  /** Jobs that no worker of `group` has finished yet. */
  depth(queue: string, group: string): Promise<number>

  request(method: string, payload: Json, options: { readonly timeoutMs: number }): Promise<Json>
  respond(method: string, handler: (payload: Json) => Promise<Json>): Promise<AsyncDisposable>

  broadcast(channel: string, message: Json): Promise<void>
  onBroadcast(channel: string, handler: (message: Json) => void): Promise<AsyncDisposable>

  /** Counts `by` more (0 = none: a look) under a name. A later `windowMs` does not change a window that has begun. */
  count(name: string, windowMs: number, by?: number): Promise<Counted>

  /** Resolves when the back end answers; throws otherwise. */
  ping(): Promise<void>
}

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export interface ConsumeOptions {
  readonly group: string
  readonly concurrency: number
  /** Default 5,000. Renewed at a fifth of it while the handler runs. Members of a group agree on it. */
  readonly leaseMs?: number
  /** Default 3. */
  readonly maxDeliveries?: number
}

export interface Job {
  readonly id: string
  readonly payload: Json
  /** 1 for the first delivery. */
  readonly delivery: number
}

export interface Counted {
  /** Since the window began, this one included. */
  readonly count: number
  /** Until the window ends; `windowMs` while nothing was counted. */
  readonly endsInMs: number
}

export interface DeadLetter {
  readonly id: string
  readonly payload: Json
  readonly deliveries: number
  readonly error: string
}
