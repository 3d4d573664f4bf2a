/** How long a job rests after a handler threw: 100 ms, doubled per delivery, never longer than its lease. */
export function retryPauseMs(delivery: number, leaseMs: number): number {
  return Math.min(leaseMs, 100 * 2 ** (delivery - 1))
}

export const defaultLeaseMs = 5000
export const defaultMaxDeliveries = 3
/** Equal `dedupeId`s within this window are one job. */
export const dedupeWindowMs = 10 * 60 * 1000
