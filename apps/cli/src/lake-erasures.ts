import { lakeTables } from '@sluice/contracts/lake/tables'
import type { Clock } from '@sluice/kernel/clock'
import type { Lake } from '@sluice/lake'
import type { ErasureStore, WaitingForLake } from '@sluice/store/erasure-store'

/**
 * Until then whatever was on its way when somebody asked to be erased has become rows: calls that were still running, what the relay had not
 * published, what the job had not committed.
 */
export const settledMs = 3_600_000

/** Erases from the tables of a catalogue whoever was erased everywhere else, and ends their erasure. One that fails is there the next time. */
export async function eraseWaiting(
  lake: Pick<Lake, 'erase'>,
  erasures: ErasureStore,
  { clock, commitIntervalMs }: { readonly clock: Clock; readonly commitIntervalMs: number },
): Promise<readonly WaitingForLake[]> {
  const before = clock.now() - settledMs - commitIntervalMs
  const due = (await erasures.waitingForLake()).filter(({ since }) => since <= before)
  for (const { tenantId, userId, keyIds } of due) {
    await lake.erase(lakeTables, { tenantId, userId, keyIds })
    await erasures.progress(tenantId, userId, {}, clock.now())
  }
  return due
}
