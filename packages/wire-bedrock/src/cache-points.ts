import type { CacheBreakpoint } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'

const maxCachePoints = 4

/** A block of its own after what it ends (T54). */
export function withCachePoint(
  block: JsonObject,
  cache: CacheBreakpoint | undefined,
): JsonObject[] {
  if (cache === undefined) return [block]
  const ttl = cache === '1h' ? { ttl: '1h' } : {}
  return [block, { cachePoint: { type: 'default', ...ttl } }]
}

/** More are refused. The first is kept, for what all conversations share, and the last ones, for what this one does. In the order of reading. */
export function limitCachePoints(lists: readonly JsonObject[][]): void {
  const points = lists.flatMap((list) => list.filter((block) => 'cachePoint' in block))
  const dropped = new Set(points.slice(1, 1 - maxCachePoints))
  if (dropped.size === 0) return
  for (const list of lists) {
    const kept = list.filter((block) => !dropped.has(block))
    list.splice(0, list.length, ...kept)
  }
}
