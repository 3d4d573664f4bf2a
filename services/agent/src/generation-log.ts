import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { RequestId } from '@sluice/contracts/ids'
import { readGeneration } from '@sluice/contracts/rpc/usage'
import type { Generations } from '@sluice/generations'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

/** A generation as its log has it: hot, or in the archive. */
export interface ReadGeneration {
  readonly summary: GenerationSummary
  /** What was published, entry by entry; the last is the terminal one's. Empty while it runs. */
  readonly data: readonly Buffer[]
}

/** A longer answer is not kept. */
const maxBytes = 32 * 1024 * 1024
const pageBytes = 4 * 1024 * 1024
const archiveTimeoutMs = 2_000

export interface GenerationLogs {
  readonly generations: Generations
  readonly queue: WorkQueue
}

/** Null when there is no log of it any more, or never was one. */
export async function readGenerationLog(
  id: RequestId,
  { generations, queue }: GenerationLogs,
): Promise<ReadGeneration | null> {
  const summary = await generations.describe(id)
  if (summary !== null) {
    const data = summary.terminal === null ? [] : await readHot(id, generations)
    if (data !== null) return { summary, data }
  }
  const archived = await callRpc(queue, readGeneration, { id }, { timeoutMs: archiveTimeoutMs })
  if (archived === null) return null
  const data = archived.entries.map((entry) => Buffer.from(entry.data, 'base64'))
  return { summary: archived.summary, data }
}

/** Null when it went while it was read, or is too long. */
async function readHot(id: RequestId, generations: Generations): Promise<Buffer[] | null> {
  const data: Buffer[] = []
  let bytes = 0
  for (let after = null; bytes <= maxBytes;) {
    const read: Awaited<ReturnType<Generations['read']>> = await generations.read(
      id,
      after,
      pageBytes,
    )
    const last = read.ok ? read.entries.at(-1) : undefined
    if (!read.ok || !last) return null
    for (const entry of read.entries) {
      data.push(entry.data)
      bytes += entry.data.length
    }
    if (last.end) return data
    after = { epoch: last.epoch, seq: last.seq }
  }
  return null
}
