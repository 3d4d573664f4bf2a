import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { ArchiveStore } from '@sluice/store/archive-store'

const everyMs = 5 * 60_000

/** Removes from the archive what is over or too much. Every `usage` process runs one; two of them do no harm. */
export function startArchiveTrimmer(
  { hours, maxBytes }: { readonly hours: number; readonly maxBytes: number },
  {
    archive,
    clock,
    logger,
  }: { readonly archive: ArchiveStore; readonly clock: Clock; readonly logger: Logger },
): AsyncDisposable {
  let running: Promise<void> | null = null
  const trim = async () => {
    try {
      await archive.trim({ before: clock.now() - hours * 3_600_000, maxBytes })
    } catch (error) {
      // It comes again in a moment, and readiness tells that the database is away.
      logger.warn({ problem: messageOf(error) }, 'cannot trim the archive')
    }
  }
  const timer = clock.every(everyMs, () => {
    running ??= trim().finally(() => {
      running = null
    })
  })
  return {
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await running
    },
  }
}
