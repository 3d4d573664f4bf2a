import {
  erasePersonalCalls,
  listPersonalCalls,
  renamePersonalCalls,
} from '@sluice/contracts/rpc/personal-data'
import type { RequestId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import type { ArchiveStore } from '@sluice/store/archive-store'
import type { PersonalCalls } from '@sluice/store/personal-calls'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import { decodeGeneration } from './archived-generation.ts'

export interface PersonalCallsContext {
  readonly personal: PersonalCalls
  readonly archive: ArchiveStore
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly keepMs: number
}

/** What there is about the calls of one person: given, forgotten, and their bills renamed. Who may ask for it is decided by whoever asks. */
export async function servePersonalCalls({
  personal,
  archive,
  queue,
  clock,
  keepMs,
}: PersonalCallsContext): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const answerOf = async (id: RequestId, tenantId: string): Promise<string | null> => {
    const content = keepMs > 0 ? await archive.get(id, clock.now() - keepMs) : null
    const found = content && decodeGeneration(content)
    if (!found || found.summary.caller.tenantId !== tenantId) return null
    return found.entries.map(({ data }) => Buffer.from(data, 'base64').toString()).join('')
  }
  stack.use(
    await serveRpc(queue, listPersonalCalls, async ({ after, limit, withAnswers, ...person }) => {
      const calls = await personal.list(person, { after, limit })
      const told = calls.map(async (call) => {
        return { ...call, answer: withAnswers ? await answerOf(call.id, person.tenantId) : null }
      })
      return { calls: await Promise.all(told) }
    }),
  )
  stack.use(
    await serveRpc(queue, erasePersonalCalls, async ({ tenantId, ids }) => ({
      erased: await personal.forget(tenantId, ids),
    })),
  )
  stack.use(
    await serveRpc(queue, renamePersonalCalls, async ({ pseudonym, ...person }) => ({
      renamed: await personal.rename(person, pseudonym),
    })),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
