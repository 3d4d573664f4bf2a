import type { LakeTable } from '@sluice/contracts/lake/table'
import { quarantine } from '@sluice/contracts/lake/tables'
import { type Clock, sleep } from '@sluice/kernel/clock'
import type { AppliedTable, ErasedTable, Lake, MaintainedTable } from '@sluice/lake'
import { z } from 'zod'
import type { FlinkLakeConfig } from './config.ts'
import type { FlinkFiles } from './flink-files.ts'
import { LakeAdmin } from './lake-admin.ts'
import { tableDocument } from './table-document.ts'

const Applied = z.array(
  z.object({ table: z.string(), created: z.boolean(), addedColumns: z.array(z.string()) }),
)
const Count = z.object({ rows: z.int(), distinct: z.int() })
const State = z.array(z.object({ table: z.string(), exists: z.boolean(), rows: z.int() }))
const Progress = z.array(
  z.object({
    partition: z.int(),
    firstOffset: z.int(),
    nextOffset: z.int(),
    rows: z.int(),
    quarantined: z.int(),
    duplicates: z.int(),
  }),
)
const Found = z.array(
  z.object({ table: z.string(), searched: z.int(), files: z.array(z.string()) }),
)
const Maintained = z.array(
  z.object({
    table: z.string(),
    filesBefore: z.int(),
    filesAfter: z.int(),
    snapshotsDropped: z.int(),
    filesRemoved: z.int(),
    rowsRemoved: z.int(),
  }),
)
const Erased = z.array(
  z.object({
    table: z.string(),
    rowsRemoved: z.int(),
    rowsChanged: z.int(),
    filesRewritten: z.int(),
    bytesRewritten: z.int(),
  }),
)

/** Of an erasure in a catalogue also what it cost. */
export type FlinkErasedTable = ErasedTable & z.infer<typeof Erased>[number]

export interface FlinkLake extends Lake {
  /** Which tables are there, and how many rows they have. */
  state(tables: readonly LakeTable[]): Promise<z.infer<typeof State>>
  /** How long after its time each row since then (Unix ms) could be read: ms, the shortest first. */
  delays(table: LakeTable, since: number): Promise<readonly number[]>
  /** Which files hold a text, decoded, whether or not a table still refers to them: the proof of an erasure. */
  search(tables: readonly LakeTable[], text: string): Promise<z.infer<typeof Found>>
}

/** The offsets of a checkpoint are told to Kafka a moment after its rows are in the table, or before. */
const settleTries = 20
const settleMs = 500

/** The tables of a catalogue that Flink writes to. Java does the work: it is started by the first call, and ended by disposing. */
export function openFlinkLake(config: FlinkLakeConfig, files: FlinkFiles, clock: Clock): FlinkLake {
  const admin = new LakeAdmin(files, config.catalogueProperties)
  const documents = (tables: readonly LakeTable[]) => tables.map(tableDocument)
  const progress = (table: LakeTable, topic: string) =>
    admin.ask(
      'progress',
      {
        table: tableDocument(table),
        quarantine: tableDocument(quarantine),
        topic: config.topicName(topic),
        brokers: config.brokers.join(','),
        group: config.group,
      },
      Progress,
    )
  return {
    catalogue: config.catalogue,
    location: config.location,
    apply: (tables): Promise<readonly AppliedTable[]> =>
      admin.ask('apply', { tables: documents(tables) }, Applied),
    state: (tables) => admin.ask('state', { tables: documents(tables) }, State),
    delays: (table, since) =>
      admin.ask('delays', { table: tableDocument(table), since }, z.array(z.int())),
    search: (tables, text) => admin.ask('search', { tables: documents(tables), text }, Found),
    count: (table, { from, to }) =>
      admin.ask('count', { table: tableDocument(table), from, to }, Count),
    async progress(table) {
      if (!table.topic) return []
      for (let tries = 1; ; tries++) {
        const partitions = await progress(table, table.topic.name)
        const settled = partitions.every(
          ({ firstOffset, nextOffset, rows, quarantined, duplicates }) =>
            nextOffset - firstOffset === rows + quarantined + duplicates,
        )
        if (settled || tries === settleTries) return partitions
        await sleep(clock, settleMs)
      }
    },
    maintain: (tables): Promise<readonly MaintainedTable[]> =>
      admin.ask(
        'maintain',
        {
          tables: documents(tables),
          now: clock.now(),
          keepSnapshotsMs: config.keepSnapshotsMs,
          orphanAgeMs: config.orphanAgeMs,
        },
        Maintained,
      ),
    erase: (tables, subject): Promise<readonly FlinkErasedTable[]> =>
      admin.ask('erase', { tables: documents(tables), subject, now: clock.now() }, Erased),
    [Symbol.asyncDispose]: () => admin.close(),
  }
}
