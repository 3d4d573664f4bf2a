import {
  type Erasure,
  type ErasureStore,
  nothingRemoved,
  type WaitingForLake,
} from './erasure-store.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryErasureStore(): ErasureStore {
  const kept = new Map<string, Erasure>()
  const waiting = new Map<string, WaitingForLake>()
  const place = (tenantId: string, userId: string) => `${tenantId}/${userId}`
  return {
    async request(erasure) {
      const at = place(erasure.tenantId, erasure.userId)
      const found = kept.get(at) ?? {
        ...erasure,
        finishedAt: null,
        waitsForLakeSince: null,
        removed: nothingRemoved,
      }
      kept.set(at, found)
      return found
    },
    async find(tenantId, userId) {
      return kept.get(place(tenantId, userId)) ?? null
    },
    async progress(tenantId, userId, removed, finishedAt) {
      const found = kept.get(place(tenantId, userId))
      if (!found) return
      if (finishedAt !== null) waiting.delete(place(tenantId, userId))
      const { responses, answers, keys, bills } = found.removed
      kept.set(place(tenantId, userId), {
        ...found,
        finishedAt: found.finishedAt ?? finishedAt,
        waitsForLakeSince: finishedAt === null ? found.waitsForLakeSince : null,
        removed: {
          responses: responses + (removed.responses ?? 0),
          answers: answers + (removed.answers ?? 0),
          keys: keys + (removed.keys ?? 0),
          bills: bills + (removed.bills ?? 0),
        },
      })
    },
    async waitForLake(tenantId, userId, keyIds, since) {
      const found = kept.get(place(tenantId, userId))
      if (!found || found.finishedAt !== null) return
      const first = found.waitsForLakeSince ?? since
      kept.set(place(tenantId, userId), { ...found, waitsForLakeSince: first })
      waiting.set(place(tenantId, userId), { tenantId, userId, keyIds, since: first })
    },
    async waitingForLake() {
      return [...waiting.values()].toSorted((a, b) => a.since - b.since)
    },
  }
}
