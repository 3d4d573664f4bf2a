import type { Clock, Timer } from '@sluice/kernel/clock'
import { TransientSet } from '@sluice/kernel/transient-set'
import type { Call } from './call.ts'

export interface OpenCallsOptions {
  readonly clock: Clock
  /** Silence on a stream after which a comment is sent. */
  readonly keepAliveMs: number
}

/** A gap between two sweeps longer than this means that the process stood still. */
const frozenMs = 1_500
/** After it stood still, what waits in the sockets is read within this time. */
const thawingMs = 1_000

/** Every reader of a generation that is not done: what keep-alive, shutdown and the in-flight gauge look at. One timer serves all. */
export class OpenCalls implements Disposable {
  readonly #options: OpenCallsOptions
  readonly #calls = new TransientSet<Call>()
  readonly #timer: Timer
  #lastSweepAt: number
  #thawingUntil = 0
  #onEmpty: (() => void) | null = null

  constructor(options: OpenCallsOptions) {
    this.#options = options
    this.#lastSweepAt = options.clock.monotonic()
    const intervalMs = Math.max(10, Math.min(1_000, options.keepAliveMs / 4))
    this.#timer = options.clock.every(intervalMs, () => {
      this.#sweep()
    })
  }

  get size(): number {
    return this.#calls.size
  }

  add(call: Call): void {
    this.#calls.add(call)
  }

  delete(call: Call): void {
    this.#calls.delete(call)
    if (this.#calls.size === 0) this.#onEmpty?.()
  }

  /**
   * The process stood still a moment ago (suspended, or its machine was), so a request that is read now may belong to a client that gave up
   * long since: its bytes are read before its close is seen.
   */
  get thawing(): boolean {
    const now = this.#options.clock.monotonic()
    return now < this.#thawingUntil || now - this.#lastSweepAt > frozenMs
  }

  /** Waits for the open calls, then cuts what is left and waits a moment for it to notice. */
  async drain(timeoutMs: number): Promise<void> {
    if (await this.#emptyWithin(timeoutMs)) return
    for (const call of this.#calls.values()) call.cut('drained')
    await this.#emptyWithin(1_000)
  }

  #emptyWithin(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#calls.size === 0) {
        resolve(true)
        return
      }
      const deadline = this.#options.clock.after(timeoutMs, () => {
        this.#onEmpty = null
        resolve(false)
      })
      this.#onEmpty = () => {
        this.#onEmpty = null
        deadline.cancel()
        resolve(true)
      }
    })
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic()
    if (now - this.#lastSweepAt > frozenMs) this.#thawingUntil = now + thawingMs
    this.#lastSweepAt = now
    for (const call of this.#calls.values()) {
      // The response of a pipelined request hears nothing of its connection's end.
      if (call.request.socket.destroyed) call.disconnected()
      const silentSince = call.lastWriteAt ?? (call.openSilent === null ? now : call.startedAt)
      const silent = now - silentSince >= this.#options.keepAliveMs
      // A client that still has something to take is not kept alive by more.
      if (!silent || call.response.writableEnded || call.response.writableNeedDrain) continue
      call.openSilent?.()
      call.openSilent = null
      call.response.write(': keep-alive\n\n')
      call.lastWriteAt = now
    }
  }

  [Symbol.dispose](): void {
    this.#timer.cancel()
  }
}
