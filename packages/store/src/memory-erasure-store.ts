import { type Erasure, type ErasureStore, nothingRemoved } from './erasure-store.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryErasureStore(): ErasureStore {
  const kept = new Map<string, Erasure>()
  const place = (tenantId: string, userId: string) => `${tenantId}/${userId}`
  return {
    async request(erasure) {
      const at = place(erasure.tenantId, erasure.userId)
      const found = kept.get(at) ?? { ...erasure, finishedAt: null, removed: nothingRemoved }
      kept.set(at, found)
      return found
    },
    async find(tenantId, userId) {
      return kept.get(place(tenantId, userId)) ?? null
    },
    async progress(tenantId, userId, removed, finishedAt) {
      const found = kept.get(place(tenantId, userId))
      if (!found) return
      const { responses, answers, keys, bills } = found.removed
      kept.set(place(tenantId, userId), {
        ...found,
        finishedAt: found.finishedAt ?? finishedAt,
        removed: {
          responses: responses + (removed.responses ?? 0),
          answers: answers + (removed.answers ?? 0),
          keys: keys + (removed.keys ?? 0),
          bills: bills + (removed.bills ?? 0),
        },
      })
    },
  }
}
