import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { type Clock, systemClock } from '@sluice/kernel/clock'
import { FolderLake } from './folder-lake.ts'
import { LakeFolder } from './lake-folder.ts'
import {
  type FromLakeThread,
  type LakeTask,
  type LakeThreadOptions,
  toFailure,
  type ToLakeThread,
} from './lake-tasks.ts'
import { LakeWriter } from './lake-writer.ts'
import { LogFromAfar } from './log-from-afar.ts'
import { reconcileLake } from './reconcile.ts'

/** Small files of a partition that are worth one large one: each commit makes some. */
const minFiles = 8

/** Entry of the thread that writes the lake in a folder. */
function serve(port: MessagePort, { folder: path, ...options }: LakeThreadOptions): void {
  let now = 0
  // Time is that of the main thread.
  const clock: Clock = { ...systemClock, now: () => now }
  const post = (message: FromLakeThread) => {
    port.postMessage(message)
  }
  const folder = new LakeFolder(path, { clock })
  const lake = new FolderLake({ ...options, folder, clock, minFiles })
  const log = new LogFromAfar((asked) => {
    post(asked)
  })
  const writer = new LakeWriter({
    folder,
    events: log,
    clock,
    onWritten(table, written) {
      post({ table, written })
    },
  })
  const run = (task: LakeTask): Promise<unknown> => {
    switch (task.kind) {
      case 'write':
        // What was read before may have been erased from the log since.
        log.forget()
        return writer.write()
      case 'maintain':
        return lake.maintain(lakeTables)
      case 'erase':
        return lake.erase(lakeTables, task.subject)
      case 'reconcile':
        return reconcileLake(lake, lakeTables, task.period, async () => task.bills)
    }
  }
  let last = Promise.resolve()
  port.on('message', (message: ToLakeThread) => {
    ;({ now } = message)
    if ('read' in message) {
      log.answered(message)
      return
    }
    const { id, task } = message
    last = last.then(async () => {
      try {
        post({ id, result: await run(task) })
      } catch (thrown) {
        post({ id, failure: toFailure(thrown) })
      }
    })
  })
}

// Null when something merely imports this file.
if (parentPort) serve(parentPort, workerData as LakeThreadOptions)
