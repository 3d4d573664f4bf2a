import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { Count, QueueDepths } from '@sluice/generations'
import type { Exchange } from '../clients/exchange.ts'
import type { Settings } from '../core/settings.ts'
import type { Accepted, Witness } from '../core/witness.ts'
import { tenants } from '../world/catalogue.ts'
import type { EndedLog } from './look-out.ts'
import type { ServedCall } from '../world/provider.ts'
import type { SharedWorld } from '../world/start-service.ts'

export interface RunEvidence {
  readonly settings: Settings
  readonly world: SharedWorld
  readonly witness: Witness
  /** Logs as they ended. */
  readonly ended: ReadonlyMap<RequestId, EndedLog>
  readonly exchanges: readonly Exchange[]
  readonly openClients: number
  /** Virtual ms. */
  readonly endedAt: number
}

/** One accepted generation and all that is known of it in the end. */
export interface Story {
  readonly id: RequestId
  readonly accepted: Accepted
  readonly tenant: string
  readonly summary: GenerationSummary | null
  readonly entries: readonly LogEntry[]
  /** What providers were asked for it, in order. */
  readonly calls: readonly ServedCall[]
  /** Its hot log is gone, and it is not in the archive. */
  readonly isForgotten: boolean
}

export interface Evidence extends RunEvidence {
  readonly stories: ReadonlyMap<string, Story>
  readonly depths: QueueDepths
  /** What limits count at rest, by tenant and counter; not those that have expired. */
  readonly counts: ReadonlyMap<string, Count>
  /** Ids of the published usage events, repeats included. */
  readonly eventIds: readonly string[]
  /** Ids that were refused and are known all the same. */
  readonly refusedButKnown: readonly string[]
}

export type Check = (evidence: Evidence) => Iterable<string>

export async function readEvidence(run: RunEvidence): Promise<Evidence> {
  const { generations, archiveStore, events, providers } = run.world
  const stories = new Map<string, Story>()
  for (const [id, accepted] of run.witness.accepted) {
    const read = await generations.read(id, null, Number.MAX_SAFE_INTEGER)
    const hot = await generations.describe(id)
    const cold = hot === null ? run.ended.get(id) : undefined
    const archived = hot === null ? await archiveStore.get(id, 0) : null
    stories.set(id, {
      id,
      accepted,
      tenant: accepted.admission.request.caller.tenantId,
      summary: hot ?? cold?.summary ?? null,
      entries: cold?.entries ?? (read.ok ? read.entries : []),
      isForgotten: hot === null && archived === null,
      calls: providers.served.filter(({ requestId }) => requestId === id),
    })
  }
  const eventIds: string[] = []
  for (let partition = 0; partition < usageRecorded.partitions; partition += 1) {
    const stored = await events.read(usageRecorded.name, partition, 0n, 100_000)
    eventIds.push(...stored.map(({ attributes }) => attributes.id))
  }
  const refusedButKnown: string[] = []
  for (const id of run.witness.refused)
    if ((await generations.describe(id)) !== null) refusedButKnown.push(id)
  const counts = new Map<string, Count>()
  for (const { name } of tenants) {
    const charged = [...stories.values()].filter(({ tenant }) => tenant === name)
    const counters = new Set(
      charged.flatMap(({ accepted }) => accepted.admission.charges.map(({ counter }) => counter)),
    )
    const found = await generations.readCounts(name as TenantId, [...counters])
    for (const [index, counter] of [...counters].entries()) {
      const count = found[index] ?? null
      if (count !== null) counts.set(`${name} ${counter}`, count)
    }
  }
  const depths = await generations.depths()
  return { ...run, stories, depths, counts, eventIds, refusedButKnown }
}

/** The ticks in a text: `<marker.call.number>`. */
export function ticksIn(text: string): string[] {
  return text.match(/<[\w-]+\.\d+\.\d+>/g) ?? []
}

/** Number of the call that a tick came from. */
export function callOf(tick: string): number {
  return Number(tick.split('.')[1])
}

export function textOf(entries: readonly LogEntry[]): string {
  return entries.map(({ data }) => data.toString()).join('\n')
}
