import { globSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export const checkpointsFolder = (dir: string): string => join(dir, 'checkpoints')
export const savepointsFolder = (dir: string): string => join(dir, 'savepoints')

/** Jobs whose checkpoints are kept, the newest ones: every start is a job of its own. */
const keptJobs = 3

/**
 * The newest complete checkpoint or savepoint under a folder: `_metadata` is there once everything else is. Null when there is none. Never an
 * older one: the sink would take what came after it for committed.
 */
export function newestRestorePoint(dir: string): string | null {
  const newest = complete(dir)[0]
  return newest ? newest.path : null
}

function complete(dir: string): { readonly path: string; readonly writtenAt: number }[] {
  const files = [
    ...globSync(join(checkpointsFolder(dir), '*/chk-*/_metadata')),
    ...globSync(join(savepointsFolder(dir), '*/_metadata')),
  ]
  return files
    .flatMap((file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat ? [{ path: dirname(file), writtenAt: stat.mtimeMs }] : [] // it was just replaced by a newer one
    })
    .toSorted((a, b) => b.writtenAt - a.writtenAt)
}

/** Removes what no start goes on from any more. */
export async function forgetOldJobs(dir: string): Promise<void> {
  const points = complete(dir)
  const jobs = new Set<string>()
  for (const { path } of points) jobs.add(basename(path).startsWith('chk-') ? dirname(path) : path)
  for (const folder of [...jobs].slice(keptJobs)) await rm(folder, { recursive: true, force: true })
}
