import type { Clock, Timer } from '@sluice/kernel/clock'
import type { History } from './history.ts'
import type { Scheduler } from './scheduler.ts'

/** Unix ms at which every run begins. */
export const epochMs = Date.UTC(2026, 0, 1)

/**
 * One operating-system process: it can be paused (what comes in waits), and it can die (what it holds is gone: its timers never fire, its
 * promises never settle, what it still says is not heard).
 */
export class SimProcess {
  readonly name: string
  readonly scheduler: Scheduler
  readonly history: History
  readonly clock: Clock
  /** How far its wall clock is off, ms. */
  wallOffsetMs = 0
  #state: 'running' | 'paused' | 'dead' = 'running'
  readonly #waiting: (() => void)[] = []
  readonly #onDeath = new Set<() => void>()
  readonly #onThrown: (thrown: unknown) => void

  constructor(
    name: string,
    scheduler: Scheduler,
    history: History,
    onThrown: (thrown: unknown) => void,
  ) {
    this.name = name
    this.scheduler = scheduler
    this.history = history
    this.#onThrown = onThrown
    this.clock = {
      now: () => Math.floor(epochMs + scheduler.now + this.wallOffsetMs),
      monotonic: () => scheduler.now,
      after: (ms, callback) => this.#timer(ms, null, callback),
      every: (ms, callback) => this.#timer(ms, ms, callback),
    }
  }

  get dead(): boolean {
    return this.#state === 'dead'
  }
  get paused(): boolean {
    return this.#state === 'paused'
  }

  /** Lets something happen inside: now, after the pause, or never. */
  enter(work: () => void): void {
    if (this.#state === 'paused') this.#waiting.push(work)
    if (this.#state !== 'running') return
    try {
      work()
    } catch (thrown) {
      this.#onThrown(thrown)
    }
  }

  /** Until `cancel`, when the process dies `work` is called: what others notice of it. */
  onDeath(work: () => void): { cancel(): void } {
    const own = () => {
      work()
    }
    this.#onDeath.add(own)
    return { cancel: () => this.#onDeath.delete(own) }
  }

  die(how: string): void {
    if (this.dead) return
    this.history.add(this.name, `dies: ${how}`)
    this.#state = 'dead'
    this.#waiting.length = 0
    for (const work of this.#onDeath) work()
    this.#onDeath.clear()
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.history.add(this.name, 'is stopped')
    this.#state = 'paused'
  }

  /** Everything that waited happens at once, in an order that the scheduler decides: timers and messages race. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.history.add(this.name, `goes on, ${String(this.#waiting.length)} waiting`)
    this.#state = 'running'
    for (const work of this.#waiting.splice(0)) {
      this.scheduler.after(0, () => {
        this.enter(work)
      })
    }
  }

  #timer(ms: number, everyMs: number | null, callback: () => void): Timer {
    let cancelled = false
    const fire = () => {
      if (cancelled) return
      if (everyMs !== null) plan(everyMs)
      callback()
    }
    const plan = (delayMs: number) =>
      // Like Node's own timers: never at once.
      this.scheduler.after(Math.max(1, delayMs), () => {
        if (!cancelled) this.enter(fire)
      })
    if (!this.dead) plan(ms)
    const cancel = () => {
      cancelled = true
    }
    return { cancel, [Symbol.dispose]: cancel }
  }
}
