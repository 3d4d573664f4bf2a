import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { RequestId } from '@sluice/contracts/ids'
import type { GenerationsTiming, ReapReport } from '@sluice/generations'
import { verdict, type VerdictCode } from '@sluice/generations/verdict'
import { FieldReader, FieldWriter } from './fields.ts'
import type { RedisLink } from './redis-link.ts'
import type { Shard } from './shard.ts'

/** What one sweep takes up at most; the next one takes the rest. */
const maxPerSweep = 500

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

interface Doomed {
  readonly code: VerdictCode
  readonly id: RequestId
  readonly state: string
  readonly epoch: string
  readonly claims: number
  readonly request: GenerationRequest
  readonly firstPartAt: number | null
  readonly answeredBy: { readonly provider: string; readonly model: string } | null
  readonly reason: string | undefined
}

function readDoomed(fields: FieldReader): Doomed {
  const code = fields.text() as VerdictCode
  const id = fields.text() as RequestId
  const state = fields.text()
  const epoch = fields.text()
  const claims = fields.number()
  const first = fields.text()
  const provider = fields.text()
  const model = fields.text()
  return {
    code,
    id,
    state,
    epoch,
    claims,
    firstPartAt: first === '' ? null : Number(first),
    answeredBy: provider === '' ? null : { provider, model },
    reason: fields.text() || undefined,
    request: JSON.parse(fields.blob().toString()) as GenerationRequest,
  }
}

/** The code it ended with; null when it had moved on. */
async function bury(shard: Shard, doomed: Doomed, now: number): Promise<VerdictCode | null> {
  const { id, state, epoch, code } = doomed
  const reason = code === 'generation_cancelled' ? doomed.reason : undefined
  const end = verdict(code, { ...doomed, now }, reason)
  return (await shard.bury.run({ id, state, epoch, end })) === 'o' ? code : null
}
