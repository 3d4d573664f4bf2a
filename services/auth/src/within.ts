import type { Clock } from '@sluice/kernel/clock'

/** Rejects when `work` takes longer than `ms`; what it does later is ignored. */
export async function within<Result>(
  clock: Clock,
  ms: number,
  work: Promise<Result>,
): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = clock.after(ms, () => {
    reject(new Error(`no answer within ${String(ms)} ms`))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    timer.cancel()
  }
}
