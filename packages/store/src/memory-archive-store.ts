import type { RequestId } from '@sluice/contracts/ids'
import type { ArchiveStore } from './archive-store.ts'
import type { MemoryUsageStore } from './memory-usage-store.ts'

/** For tests and simulation: lives as long as the process. `ledger` is what `missing` compares with. */
export function createMemoryArchiveStore({
  ledger,
}: Pick<MemoryUsageStore, 'ledger'>): ArchiveStore {
  const kept = new Map<RequestId, { readonly storedAt: number; readonly content: Uint8Array }>()
  return {
    async put(storedAt, generations) {
      for (const { id, content } of generations)
        if (!kept.has(id)) kept.set(id, { storedAt, content })
    },
    async get(id, since) {
      const found = kept.get(id)
      return found && found.storedAt >= since ? found.content : null
    },
    async visit({ from, to }, show) {
      for (const [id, { storedAt, content }] of kept)
        if (storedAt >= from && storedAt < to) await show([{ id, content }])
    },
    async trim({ before, maxBytes }) {
      const oldestFirst = [...kept].toSorted(([, a], [, b]) => a.storedAt - b.storedAt)
      let bytes = oldestFirst.reduce((sum, [, { content }]) => sum + content.length, 0)
      for (const [id, { storedAt, content }] of oldestFirst) {
        if (storedAt >= before && bytes <= maxBytes) break
        kept.delete(id)
        bytes -= content.length
      }
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
