import { globMatcher } from '@sluice/catalogue/glob'

/** Lists of globs; null = all names. */
export type Globs = readonly string[] | null

/**
 * Whether every name that `inner` matches is matched by `outer`. Exact: a `*` of `inner` stands for text that nobody can foresee, so only a `*` of one pattern of
 * `outer` can take it.
 */
export function globsCover(outer: Globs, inner: Globs): boolean {
  if (outer === null) return true
  if (inner === null) return outer.includes('*')
  const matches = globMatcher(outer)
  return inner.every((pattern) => matches(pattern))
}

/**
 * What both allow. Two patterns of which neither covers the other (`a*`, `*b`) allow nothing together, even where a name would fit both: a list of
 * globs cannot say it in general, and less is never more than was meant.
 */
export function intersectGlobs(a: Globs, b: Globs): Globs {
  if (a === null) return b
  if (b === null) return a
  const inB = a.filter((pattern) => globsCover(b, [pattern]))
  const inA = b.filter((pattern) => globsCover(a, [pattern]))
  return [...new Set([...inB, ...inA])]
}

export function joinGlobs(a: Globs, b: Globs): Globs {
  return a === null || b === null ? null : [...new Set([...a, ...b])]
}
