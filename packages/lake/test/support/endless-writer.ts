import process from 'node:process'
import { usage } from '@sluice/contracts/lake/tables'
import { systemClock as clock } from '@sluice/kernel/clock'
import { FolderLake } from '../../src/folder-lake.ts'
import { LakeFolder } from '../../src/lake-folder.ts'
import { LakeWriter } from '../../src/lake-writer.ts'
import { madeLog } from './made-log.ts'

// Writes, and maintains between commits, until it is killed. Says when it begins.
const folder = new LakeFolder(process.argv[2] ?? '', { clock })
const lake = new FolderLake({
  folder,
  clock,
  keepSnapshotsMs: 0,
  orphanAgeMs: 3_600_000,
  minFiles: 4,
})
const reached = await lake.progress(usage)
let end = Math.max(0, ...reached.map(({ nextOffset }) => nextOffset))
const writer = new LakeWriter({ folder, events: madeLog(() => end), clock })
process.stdout.write('begins\n')
for (let n = 1; ; n += 1) {
  end += 100
  await writer.write()
  if (n % 4 === 0) await lake.maintain([usage])
}
