import type { Clock, Timer } from '@sluice/kernel/clock'

export interface FakeClock extends Clock {
  /** Moves time and fires what falls due, in order; promises settle after every timer and at the end. */
  advance(ms: number): Promise<void>
}

interface Pending {
  readonly callback: () => void
  /** Null for a single shot. */
  readonly everyMs: number | null
  dueAt: number
}

/** Time that stands still until a test moves it. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  const pending = new Set<Pending>()
  let now = startMs

  function schedule(ms: number, everyMs: number | null, callback: () => void): Timer {
    const entry: Pending = { callback, everyMs, dueAt: now + ms }
    pending.add(entry)
    const cancel = () => {
      pending.delete(entry)
    }
    return { cancel, [Symbol.dispose]: cancel }
  }

  function nextDue(until: number): Pending | null {
    let first: Pending | null = null
    for (const entry of pending)
      if (entry.dueAt <= until && (first === null || entry.dueAt < first.dueAt)) first = entry
    return first
  }

  return {
    now: () => now,
    monotonic: () => now - startMs,
    after: (ms, callback) => schedule(ms, null, callback),
    every: (ms, callback) => schedule(ms, Math.max(1, ms), callback),
    async advance(ms) {
      const until = now + ms
      for (let due = nextDue(until); due !== null; due = nextDue(until)) {
        now = Math.max(now, due.dueAt)
        if (due.everyMs === null) pending.delete(due)
        else due.dueAt += due.everyMs
        due.callback()
        await promisesSettled()
      }
      now = until
      await promisesSettled()
    },
  }
}

/** One turn of the event loop: every promise that needs no I/O has settled by then. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
