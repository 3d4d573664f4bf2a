// Needs nothing but this machine: processes that are killed.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { quarantine, usage } from '@sluice/contracts/lake/tables'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { systemClock as clock } from '@sluice/kernel/clock'
import { FolderLake } from '../src/folder-lake.ts'
import { LakeFolder } from '../src/lake-folder.ts'
import { LakeWriter } from '../src/lake-writer.ts'
import { reconcileLake } from '../src/reconcile.ts'
import { eventAt, madeLog } from './support/made-log.ts'

const kills = 50
const program = join(import.meta.dirname, 'support/endless-writer.ts')

async function killedOnce(path: string, afterMs: number): Promise<void> {
  const args = [
    '--conditions=@sluice/source',
    '--disable-warning=ExperimentalWarning',
    program,
    path,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  await pause(afterMs)
  child.kill('SIGKILL')
  const [code] = (await ended) as [number | null]
  if (code !== null) throw new Error(`the writer ended by itself: ${String(code)}`)
}

async function idsOf(folder: LakeFolder, table: LakeTable): Promise<readonly string[]> {
  const found = await folder.table(table)
  const ids: string[] = []
  if (!found) return ids
  for await (const row of (await found.view()).rows()) {
    const of = table === usage ? [row['request_id']] : [row['kafka_partition'], row['kafka_offset']]
    ids.push(of.map(String).join(':'))
  }
  return ids.toSorted()
}

/** Kills a writer again and again, each at another moment, and compares what the last one leaves with what there is to be. */
async function survive(count: number, seed: number): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'lake-kill-'))
  try {
    for (let n = 0; n < count; n += 1) await killedOnce(path, ((n * 2 + seed) * 61) % 500)
    const folder = new LakeFolder(path, { clock })
    const lake = new FolderLake({ folder, clock, keepSnapshotsMs: 0, orphanAgeMs: 0, minFiles: 4 })
    // Quarantine is written first, so it may be ahead, by one read.
    const reached = await lake.progress(usage)
    const ends = [0, 1].map(
      (p) => (reached.find(({ partition }) => partition === p)?.nextOffset ?? 0) + 260,
    )
    await new LakeWriter({ folder, events: madeLog((p) => ends[p] ?? 0), clock }).write()
    await lake.maintain([usage])

    const facts = new Set<string>()
    const others = new Set<string>()
    for (const [partition, end] of ends.entries()) {
      for (let offset = 0; offset < end; offset += 1) {
        const { key } = eventAt(partition, offset)
        if (key === 'poison') others.add(`${String(partition)}:${String(offset)}`)
        else facts.add(key)
      }
    }
    expect(await idsOf(folder, usage)).toEqual([...facts].toSorted())
    expect(await idsOf(folder, quarantine)).toEqual([...others].toSorted())
    const period = { from: 0, to: Date.UTC(2100, 0) }
    const found = await reconcileLake(lake, [usage], period, async () => facts.size)
    expect(found.differences).toEqual([])
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

test(`M-262: after ${String(kills)} kills in the middle of whatever it did every fact is there once, and so is all that is none`, async () => {
  await Promise.all([survive(kills / 2, 0), survive(kills / 2, 1)])
}, 300_000)
