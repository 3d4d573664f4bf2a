import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import { GatewayError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { storeErrors } from '@sluice/store/errors'
import type { UsageStore } from '@sluice/store/usage-store'
import type { UsageMetrics } from './metrics.ts'
import { factsOf } from './facts.ts'
import type { Answer } from './read-answer.ts'

export interface RecordContext {
  readonly store: UsageStore
  readonly metrics: UsageMetrics
  readonly logger: Logger
  /** What the logs of these records say; a record whose log could not be read is not among them. */
  readonly answers: ReadonlyMap<RequestId, Answer>
}

/**
 * Idempotent on the request id: a batch that comes again, whole or in part, adds nothing. Throws while the database is away, so that the
 * batch comes again. A record that can never be stored must not hold up those behind it: it is set aside in the log, all but its content. Returns how many
 * bills are new.
 */
export async function recordUsage(
  records: readonly UsageRecord[],
  context: RecordContext,
): Promise<number> {
  try {
    return await record(records, context)
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    return recordOneByOne(records, context)
  }
}

async function record(
  records: readonly UsageRecord[],
  { store, metrics, answers }: RecordContext,
): Promise<number> {
  const added = await store.record(records, (fresh) => factsOf(fresh, answers))
  metrics.recorded.inc(added)
  if (added < records.length) metrics.repeated.inc(records.length - added)
  return added
}

async function recordOneByOne(
  records: readonly UsageRecord[],
  context: RecordContext,
): Promise<number> {
  let added = 0
  for (const each of records) {
    try {
      added += await record([each], context)
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
      context.metrics.refused.inc()
      const { asked: _content, ...usage } = each
      context.logger.error({ err: thrown, usage }, 'usage record refused by the ledger')
    }
  }
  return added
}

function isRefused(thrown: unknown): boolean {
  return GatewayError.is(thrown) && thrown.code === storeErrors.values_refused.code
}
