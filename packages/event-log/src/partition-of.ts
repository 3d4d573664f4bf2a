const offsetBasis = 0x811c9dc5
const prime = 0x01000193

/** Where an event of `key` goes in logs that are not Kafka: FNV-1a over its UTF-8. Changing it would break the order of every key. */
export function partitionOf(key: string, partitions: number): number {
  let hash = offsetBasis
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, prime)
  return (hash >>> 0) % partitions
}
