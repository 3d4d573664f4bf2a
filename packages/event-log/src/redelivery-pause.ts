/** How long a batch rests before its handler, which threw `failures` times in a row, gets it again: 250 ms doubled, 30 s at most. */
export function redeliveryPauseMs(failures: number): number {
  return Math.min(30_000, 250 * 2 ** (failures - 1))
}
