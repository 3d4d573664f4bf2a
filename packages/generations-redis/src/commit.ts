import type { Committed } from './batched-call.ts'
import { unavailable } from './errors.ts'
import { argumentsOf, FieldWriter } from './fields.ts'
import { replicaTimeoutMs } from './redis-generations-options.ts'
import type { RedisLink } from './redis-link.ts'

/** Shows what was written before on this connection, once a replica has it. */
export async function commit(
  link: RedisLink,
  key: string,
  committed: readonly Committed[],
): Promise<void> {
  if (committed.length === 0) return
  if (!(await link.isReplicated(replicaTimeoutMs))) throw unavailable(undefined)
  const fields = new FieldWriter()
  for (const { id, cursor } of committed) {
    fields.text(id)
    fields.text(cursor)
  }
  await link.call('commit', key, fields.arguments())
}

/** Ends whose writers died between writing and showing them. */
export async function commitAbandoned(link: RedisLink, key: string, limit: number): Promise<void> {
  const ids = (await link.call('uncommitted', key, argumentsOf(String(limit)))) as Buffer[]
  await commit(
    link,
    key,
    ids.map((id) => ({ id: id.toString('latin1'), cursor: '' })),
  )
}
