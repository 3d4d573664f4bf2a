import process from 'node:process'
import { usage } from '@sluice/contracts/lake/tables'
import { systemClock as clock } from '@sluice/kernel/clock'
import { FolderLake } from '../../src/folder-lake.ts'
import { LakeFolder } from '../../src/lake-folder.ts'
import { LakeThread } from '../../src/lake-thread.ts'
import { madeLog } from './made-log.ts'

// Writes as the gateway does, and maintains between commits, until it is killed. Says when it begins.
const path = process.argv[2] ?? ''
const ages = { keepSnapshotsMs: 0, orphanAgeMs: 3_600_000 }
const folder = new LakeFolder(path, { clock })
const reached = await new FolderLake({ ...ages, folder, clock, minFiles: 8 }).progress(usage)
let end = Math.max(0, ...reached.map(({ nextOffset }) => nextOffset))
const events = madeLog(() => end)
const lake = new LakeThread({ ...ages, folder: path, events, clock, onWritten: () => undefined })
// Nothing is there yet: it begins the thread.
await lake.write()
process.stdout.write('begins\n')
for (let n = 1; ; n += 1) {
  end += 100
  await lake.write()
  if (n % 4 === 0) await lake.maintain()
}
