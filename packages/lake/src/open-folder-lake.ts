import type { EventLog } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import { FolderLake } from './folder-lake.ts'
import { holdFolder } from './hold-folder.ts'
import type { Lake } from './lake.ts'
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
  return new HeldLake({ ...options, folder, minFiles: 2 }, lock)
}

class HeldLake extends FolderLake {
  readonly #lock: Disposable

  constructor(options: ConstructorParameters<typeof FolderLake>[0], lock: Disposable) {
    super(options)
    this.#lock = lock
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#lock[Symbol.dispose]()
  }
}
