/** How far one partition of a topic is in one table. Numbers: offsets here stay far below 2^53. */
export interface Progress {
  readonly first: number
  /** The first event that is not in the table yet. */
  readonly next: number
  /** Rows written since the table was made. */
  readonly rows: number
  /** Of the table of facts: dropped as repeated. Of quarantine: none. */
  readonly duplicates: number
}

export type TopicProgress = Readonly<Record<string, Progress>>

/** Summary members that begin so go on from snapshot to snapshot. */
export const carried = 'sluice.'

const offsets = `${carried}offsets.`
const counts = `${carried}counts.`

export function readProgress(
  summary: Readonly<Record<string, string>>,
  topic: string,
): TopicProgress {
  const next = JSON.parse(summary[`${offsets}${topic}`] ?? '{}') as Record<string, number>
  const counted = JSON.parse(summary[`${counts}${topic}`] ?? '{}') as Record<
    string,
    Omit<Progress, 'next'>
  >
  return Object.fromEntries(
    Object.entries(next).map(([partition, offset]) => [
      partition,
      { ...(counted[partition] ?? { first: offset, rows: 0, duplicates: 0 }), next: offset },
    ]),
  )
}

/** Rows and how far they reach are one snapshot: neither is there without the other. */
export function progressSummary(topic: string, progress: TopicProgress): Record<string, string> {
  const entries = Object.entries(progress)
  const ofNext = entries.map(([partition, { next }]) => [partition, next])
  const ofCounts = entries.map(([partition, { next: _next, ...counted }]) => [partition, counted])
  return {
    [`${offsets}${topic}`]: JSON.stringify(Object.fromEntries(ofNext)),
    [`${counts}${topic}`]: JSON.stringify(Object.fromEntries(ofCounts)),
  }
}
