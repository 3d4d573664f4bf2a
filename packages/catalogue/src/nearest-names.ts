/** Longest name compared: a hostile model name must not cost more than a sane one. */
const maxLength = 100

/** Up to `count` of `candidates` that are most like `name`, closest first. */
export function nearestNames(name: string, candidates: readonly string[], count: number): string[] {
  const wanted = name.slice(0, maxLength).toLowerCase()
  return candidates
    .map((candidate) => ({
      candidate,
      distance: editDistance(wanted, candidate.slice(0, maxLength).toLowerCase()),
    }))
    .toSorted((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
