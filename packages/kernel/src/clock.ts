/** Time as domain code sees it: passed in, so that tests and simulation can own it. */
export interface Clock {
  /** Unix ms. */
  now(): number
  /** Milliseconds from an arbitrary start, never backwards: for durations. */
  monotonic(): number
  /** Runs `callback` after `ms`; the timer does not keep the process alive. */
  after(ms: number, callback: () => void): Timer
  every(ms: number, callback: () => void): Timer
}

export interface Timer extends Disposable {
  cancel(): void
}

function timer(cancel: () => void): Timer {
  return { cancel, [Symbol.dispose]: cancel }
}

/* oxlint-disable no-restricted-globals, no-restricted-properties -- the one place where domain code's time comes from */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const handle = setTimeout(callback, ms)
    handle.unref()
    return timer(() => {
      clearTimeout(handle)
    })
  },
  every(ms, callback) {
    const handle = setInterval(callback, ms)
    handle.unref()
    return timer(() => {
      clearInterval(handle)
    })
  },
}
/* oxlint-enable no-restricted-globals, no-restricted-properties */

/** Resolves after `ms`, or rejects with the signal's reason. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      pending.cancel()
      reject(signal?.reason as Error)
    }
    const pending = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}
