import type { Caller } from '@sluice/contracts/caller'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { RequestId } from '@sluice/contracts/ids'
import { type ArchivedGeneration, readGeneration } from '@sluice/contracts/rpc/usage'
import { callRpc } from '@sluice/work-queue/rpc'
import type { IngressContext } from '../../context.ts'

/** A generation as its owner sees it, wherever its log lies now. */
export interface FoundGeneration {
  readonly summary: GenerationSummary
  /** The whole log, when only the archive still has it. */
  readonly archived: readonly LogEntry[] | null
}

const archiveTimeoutMs = 2_000

/**
 * The generation, if it is one of this caller's own: same tenant, same key. Whoever asks for another's takes the same way as for one that
 * never was, through the same look-ups, so that neither answer nor time tells them apart.
 */
export async function findGeneration(
  id: string,
  caller: Caller,
  { generations, queue }: Pick<IngressContext, 'generations' | 'queue'>,
): Promise<FoundGeneration | null> {
  const known = RequestId.safeParse(id)
  if (!known.success) return null
  const summary = await generations.describe(known.data)
  if (summary !== null && isOwn(summary, caller)) return { summary, archived: null }
  const archived = await callRpc(
    queue,
    readGeneration,
    { id: known.data },
    { timeoutMs: archiveTimeoutMs },
  )
  if (archived === null || !isOwn(archived.summary, caller)) return null
  return { summary: archived.summary, archived: archived.entries.map(toLogEntry) }
}

function isOwn({ caller }: GenerationSummary, { tenantId, keyId }: Caller): boolean {
  return caller.tenantId === tenantId && caller.keyId === keyId
}

function toLogEntry({ data, ...entry }: ArchivedGeneration['entries'][number]): LogEntry {
  return { ...entry, data: Buffer.from(data, 'base64') }
}
