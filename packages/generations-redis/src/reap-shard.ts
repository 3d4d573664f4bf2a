import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { RequestId } from '@sluice/contracts/ids'
import type { GenerationsTiming, ReapReport } from '@sluice/generations'
import type { AnnouncedCall } from '@sluice/generations/provider-calls'
import { type Published, publishedOf } from '@sluice/generations/published'
import { verdict, type VerdictCode } from '@sluice/generations/verdict'
import { commitAbandoned } from './commit.ts'
import { FieldReader, FieldWriter } from './fields.ts'
import type { RedisLink } from './redis-link.ts'
import type { Shard } from './shard.ts'
import { storedPlan, storedRequest } from './stored-json.ts'
import { parseCalls } from './stored-values.ts'
import { toLogEntry } from './views.ts'

/** What one sweep takes up at most; the next one takes the rest. */
const maxPerSweep = 500

const maxReadBytes = 256 * 1024

/**
 * Two steps, each of them atomic: `reap` enqueues again what may be tried again and names what has to end, `bury` ends it with a bill
 * that is written here. A process that dies between them leaves the second step to the next sweep.
 */
export async function reapShard(
  link: RedisLink,
  shard: Shard,
  timing: GenerationsTiming,
): Promise<ReapReport> {
  const request = new FieldWriter()
  request.number(timing.leaseMs)
  request.number(timing.maxDeliveries)
  request.number(maxPerSweep)
  request.text(link.run)
  request.number(timing.sharedQueue)
  if (link.highlyAvailable) await commitAbandoned(link, shard.key, maxPerSweep)
  const reply = FieldReader.ofReply(await link.call('reap', shard.key, request.arguments()))
  const now = reply.number()
  const requeued = reply.number()
  const ends: Promise<VerdictCode | null>[] = []
  while (!reply.done) ends.push(bury(shard, readDoomed(reply), now))
  const buried = await Promise.all(ends)
  const expired = buried.filter((code) => code === 'generation_expired').length
  const failed = buried.filter((code) => code !== null).length - expired
  return { requeued, failed, expired }
}

/** Generations that nobody reads any more, their grace being over: to be cancelled by the caller. They come again until they have ended. */
export async function unreadOf(link: RedisLink, { key }: Shard): Promise<readonly RequestId[]> {
  const request = new FieldWriter()
  request.number(maxPerSweep)
  const reply = FieldReader.ofReply(await link.call('unread', key, request.arguments()))
  const ids: RequestId[] = []
  while (!reply.done) ids.push(reply.text() as RequestId)
  return ids
}

interface Doomed {
  readonly code: VerdictCode
  readonly id: RequestId
  readonly state: string
  readonly epoch: string
  readonly calls: readonly AnnouncedCall[]
  readonly request: GenerationRequest
  readonly plan: RoutePlan | null
  readonly bodyBytes: number
  readonly firstPartAt: number | null
  readonly reason: string | undefined
}

function readDoomed(fields: FieldReader): Doomed {
  const code = fields.text() as VerdictCode
  const id = fields.text() as RequestId
  const state = fields.text()
  const epoch = fields.text()
  const calls = parseCalls<AnnouncedCall>(fields.text())
  const first = fields.text()
  const reason = fields.text()
  const bodyBytes = Number(fields.text())
  const request = storedRequest.read(fields.blob().toString())
  const plan = fields.blob().toString()
  return {
    code,
    id,
    state,
    epoch,
    calls,
    request,
    plan: plan === '' ? null : storedPlan.read(plan),
    bodyBytes,
    firstPartAt: first === '' ? null : Number(first),
    reason: reason || undefined,
  }
}

/** The code it ended with; null when it had moved on. */
async function bury(shard: Shard, doomed: Doomed, now: number): Promise<VerdictCode | null> {
  const { id, state, epoch, code } = doomed
  const reason = code === 'generation_cancelled' ? doomed.reason : undefined
  const published = doomed.firstPartAt === null ? null : await readPublished(shard, id)
  const end = verdict(code, { ...doomed, published, now }, reason)
  return (await shard.bury.run({ id, state, epoch, end })) === 'o' ? code : null
}

/** What lies in the log: the bill is made from it. */
async function readPublished(shard: Shard, id: RequestId): Promise<Published | null> {
  const entries: LogEntry[] = []
  for (let more = true; more;) {
    const last = entries.at(-1)
    const after = last === undefined ? null : { epoch: last.epoch, seq: last.seq }
    const reply = await shard.read.run({ id, after, maxBytes: maxReadBytes, watch: false })
    entries.push(...reply.entries.map(toLogEntry))
    more = reply.more
  }
  return publishedOf(entries)
}
