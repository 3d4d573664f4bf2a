import { allTopics } from '@sluice/contracts/topics/all-topics'
import type { EventLog } from '@sluice/event-log'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'

const retryMs = 5_000

/**
 * In one process there is nobody else to run the admin step, so it runs at start, and again until it worked: an event log that is away must not
 * keep the gateway from serving. Services on their own leave it to `sluice topics apply`.
 */
export function applyTopics(
  events: EventLog,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): AsyncDisposable {
  const stop = new AbortController()
  const apply = async () => {
    for (;;) {
      try {
        await events.createTopics(allTopics)
        return
      } catch (error) {
        logger.warn({ problem: messageOf(error) }, 'topics could not be created yet')
      }
      await sleep(clock, retryMs, stop.signal)
    }
  }
  const applied = apply().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await applied
    },
  }
}
