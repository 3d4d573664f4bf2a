import type { RequestId } from '@sluice/contracts/ids'
import type { ArchiveStore, StoredGeneration } from './archive-store.ts'
import type { MemoryUsageStore } from './memory-usage-store.ts'

/** For tests and simulation: lives as long as the process. `ledger` is what `missing` compares with. */
export function createMemoryArchiveStore({
  ledger,
}: Pick<MemoryUsageStore, 'ledger'>): ArchiveStore {
  const kept = new Map<RequestId, StoredGeneration>()
  return {
    async put(generations) {
      for (const each of generations) if (!kept.has(each.id)) kept.set(each.id, { ...each })
    },
    async get(id, since) {
      const found = kept.get(id)
      return found && found.storedAt >= since ? found.content : null
    },
    async trim({ before, maxBytes }) {
      const oldestFirst = [...kept.values()].toSorted((a, b) => a.storedAt - b.storedAt)
      let bytes = oldestFirst.reduce((sum, { content }) => sum + content.length, 0)
      let removed = 0
      for (const { id, storedAt, content } of oldestFirst) {
        if (storedAt >= before && bytes <= maxBytes) break
        kept.delete(id)
        bytes -= content.length
        removed += 1
      }
      return removed
    },
    async missing(after, limit) {
      const ids = [...ledger.keys()] as RequestId[]
      return ids
        .filter((id) => id > after && !kept.has(id))
        .toSorted()
        .slice(0, limit)
    },
  }
}
