import { messageOf } from '@sluice/kernel/errors'
import type { AgentContext } from './context.ts'
import { currentResponse } from './responses.ts'

const page = 200
/** Younger ones are told of by whoever shows their answer. */
const settleMs = 2_000
const beforeFirstId = '00000000-0000-0000-0000-000000000000'

/**
 * Ends the responses that nobody said to have ended (the one who showed the answer died, or nobody showed it: background), and removes those
 * whose time is over. Every `agent` process runs one; two of them do no harm. Disposing it looks once more: the log in memory of an embedded
 * process goes with it.
 */
export function startResponseSweep(context: AgentContext): AsyncDisposable {
  const { clock, config, logger, metrics } = context
  let running: Promise<void> | null = null
  let failing = false
  let stopped = false
  const sweep = async (isLast = false) => {
    try {
      await endOpen(context, isLast ? 0 : settleMs, () => stopped && !isLast)
      if (!isLast) await trim(context)
      failing = false
    } catch (error) {
      metrics.sweepFailures.inc()
      if (!failing) logger.warn({ problem: messageOf(error) }, 'the sweep over responses waits')
      failing = true
    }
  }
  const timer = clock.every(config.sweepIntervalMs, () => {
    running ??= sweep().finally(() => {
      running = null
    })
  })
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      timer.cancel()
      await running
      await sweep(true)
    },
  }
}

async function endOpen(
  context: AgentContext,
  youngestMs: number,
  isStopped: () => boolean,
): Promise<void> {
  const before = context.clock.now() - youngestMs + 1
  for (let after: string | null = beforeFirstId; after !== null && !isStopped();) {
    const open = await context.store.open(before, after, page)
    for (const stored of open) await currentResponse(stored, context)
    after = open.length < page ? null : (open.at(-1)?.id ?? null)
  }
}

async function trim({ store, clock, metrics }: AgentContext): Promise<void> {
  for (let removed = page; removed === page;) {
    removed = await store.trim(clock.now(), page)
    metrics.removed.inc(removed)
  }
}
