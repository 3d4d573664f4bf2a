/** Smaller numbers are seconds: as ms they would lie in 1973. */
const firstMs = 100_000_000_000

/** Unix ms of a moment as callers write it. */
export function toMs(moment: number | string): number {
  if (typeof moment === 'string') return Date.parse(moment)
  return moment < firstMs ? moment * 1_000 : moment
}

const perUsd = 1_000_000_000

/** Null = unlimited. */
export function toNanoUsd(usd: number | null): number | null {
  return usd === null || usd < 0 ? null : Math.round(usd * perUsd)
}

export function toUsd(nanoUsd: number): number {
  return nanoUsd / perUsd
}
