import type { Tail } from '@sluice/generations'
import type { IngressContext } from '../../context.ts'
import type { Call } from '../call.ts'
import { dialectOf } from '../dialects.ts'
import type { DisconnectPolicy } from '../disconnect-policy.ts'
import { isInsideEntry } from '../stream-answer.ts'
import type { StreamCursor } from '../stream-cursor.ts'
import { ArchiveTail } from './archive-tail.ts'
import type { FoundGeneration } from './find-generation.ts'

/**
 * The log of a generation from where its reader wants to go on. While it runs the generation is told of the reader, so that it does not end
 * because another one left; `policy` says what becomes of it when this one does.
 */
export async function watchGeneration(
  call: Call,
  { summary, archived }: FoundGeneration,
  after: StreamCursor | null,
  policy: DisconnectPolicy,
  { generations }: IngressContext,
): Promise<Tail> {
  call.id = summary.id
  call.model = summary.model
  call.stream = summary.stream
  call.dialect = dialectOf(summary.wire)
  call.accepted = true
  if (summary.terminal === null) {
    await generations.attend(summary.id)
    call.policy = policy
  }
  // Of the entry that the reader is in, the rest is cut out of the whole.
  const place =
    after === null || !isInsideEntry(after) ? after : { epoch: after.epoch, seq: after.seq - 1 }
  const tail =
    archived === null
      ? generations.tail(summary.id, { after: place, fresh: false })
      : new ArchiveTail(archived, place)
  call.tail = tail
  // The client may have left while its generation was looked for.
  if (call.departure !== null) tail[Symbol.dispose]()
  return tail
}
