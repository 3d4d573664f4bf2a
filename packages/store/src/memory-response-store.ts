import type { RequestId } from '@sluice/contracts/ids'
import { MemoryOutbox } from './memory-outbox.ts'
import type { Owner, ResponseStore, StoredResponse } from './response-store.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryResponseStore(): ResponseStore {
  const kept = new Map<RequestId, StoredResponse>()
  const outbox = new MemoryOutbox()
  const find = (id: RequestId, owner: Owner, now: number): StoredResponse | null => {
    const found = kept.get(id)
    return found && isOwn(found, owner) && found.expiresAt > now ? found : null
  }
  return {
    outbox,
    async keep(response) {
      if (!kept.has(response.id)) kept.set(response.id, { ...response, response: null })
    },
    find: async (id, owner, now) => find(id, owner, now),
    async chain(id, owner, { now, limit }) {
      const chain: StoredResponse[] = []
      for (let next: RequestId | null = id; next !== null;) {
        const found = find(next, owner, now)
        if (!found || chain.length === limit) return null
        chain.unshift(found)
        next = found.previousId
      }
      return chain
    },
    async end(id, response, facts = []) {
      const found = kept.get(id)
      if (found?.response !== null) return
      kept.set(id, { ...found, response })
      outbox.add(facts)
    },
    async open(before, after, limit) {
      return [...kept.values()]
        .filter(
          ({ id, response, createdAt }) => response === null && createdAt < before && id > after,
        )
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
    },
    async remove(id, owner) {
      const found = kept.get(id)
      return found !== undefined && isOwn(found, owner) && kept.delete(id)
    },
    async ofKeys(tenantId, keyIds, { after, limit }) {
      return [...kept.values()]
        .filter((each) => each.tenantId === tenantId && keyIds.includes(each.keyId))
        .filter(({ id }) => id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
    },
    async erase(tenantId, { keyIds, ids }) {
      const found = [...kept.values()].filter(
        (each) =>
          each.tenantId === tenantId && (keyIds.includes(each.keyId) || ids.includes(each.id)),
      )
      for (const { id } of found) kept.delete(id)
      return found.length
    },
    async trim(now, limit) {
      const over = [...kept.values()].filter(({ expiresAt }) => expiresAt <= now).slice(0, limit)
      for (const { id } of over) kept.delete(id)
      return over.length
    },
    ping: async () => undefined,
  }
}

function isOwn(one: Owner, other: Owner): boolean {
  return one.tenantId === other.tenantId && one.keyId === other.keyId
}
