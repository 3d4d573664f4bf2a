import type { LakeTable } from '@sluice/contracts/lake/table'
import type { EventLog } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import { eraseFromLog } from './erase-from-log.ts'
import { FolderLake, type FolderLakeOptions } from './folder-lake.ts'
import { holdFolder } from './hold-folder.ts'
import type { Lake, LakeSubject } from './lake.ts'
import { LakeFolder } from './lake-folder.ts'
import { LakeWriter } from './lake-writer.ts'

export interface OpenFolderLakeOptions {
  readonly clock: Clock
  readonly keepSnapshotsMs: number
  readonly orphanAgeMs: number
  /** What it has is written to the tables first; null = they are taken as they are. */
  readonly events: EventLog | null
}

/** The lake in a folder for an operator’s command, which holds it until disposed: refused while a gateway does. */
export async function openFolderLake(
  path: string,
  { events, ...options }: OpenFolderLakeOptions,
): Promise<Lake> {
  using stack = new DisposableStack()
  stack.use(holdFolder(path))
  const { clock } = options
  const folder = new LakeFolder(path, { clock })
  if (events) await new LakeWriter({ folder, events, clock }).write()
  const lock = stack.move()
  return new HeldLake({ ...options, folder, minFiles: 2 }, lock, events)
}

class HeldLake extends FolderLake {
  readonly #lock: Disposable
  readonly #events: EventLog | null

  constructor(options: FolderLakeOptions, lock: Disposable, events: EventLog | null) {
    super(options)
    this.#lock = lock
    this.#events = events
  }

  override async erase(tables: readonly LakeTable[], subject: LakeSubject) {
    if (this.#events) await eraseFromLog(this.#events, subject)
    return super.erase(tables, subject)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#lock[Symbol.dispose]()
  }
}
