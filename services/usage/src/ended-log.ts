import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'

export interface EndedLog {
  readonly entries: readonly LogEntry[]
  /** Of data. */
  readonly bytes: number
  /** More than may be read at once: only the beginning is here. */
  readonly isCut: boolean
}

/** Null = the log is gone: its time is over, or Redis lost it. Throws when it cannot be reached. */
export async function readEndedLog(
  generations: Generations,
  id: RequestId,
  maxBytes: number,
): Promise<EndedLog | null> {
  const entries: LogEntry[] = []
  let bytes = 0
  for (;;) {
    const last = entries.at(-1)
    const after = last ? { epoch: last.epoch, seq: last.seq } : null
    const read = await generations.read(id, after, maxBytes)
    if (!read.ok || read.entries.length === 0) return null
    for (const entry of read.entries) {
      entries.push(entry)
      bytes += entry.data.length
    }
    if (entries.at(-1)?.end) return { entries, bytes, isCut: false }
    if (bytes > maxBytes) return { entries, bytes, isCut: true }
  }
}
