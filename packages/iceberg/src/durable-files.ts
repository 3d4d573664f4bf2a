import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** A new file, its bytes on the disk; its name is only after `syncFolders`. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Puts the names of these files on the disk: their folders, and those above up to `root`, which may be new. */
export async function syncFolders(paths: readonly string[], root: string): Promise<void> {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let folder = dirname(path); folder.length >= root.length; folder = dirname(folder))
      folders.add(folder)
  }
  await Promise.all([...folders].map(syncFolder))
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The file appears under its name whole or not at all, and only if there is none yet: false when there is. The name is given with `link`, which
 * refuses one that is taken, where `rename` would take it over.
 */
export async function publishNew(path: string, bytes: Uint8Array): Promise<boolean> {
  const unfinished = unfinishedName(path)
  try {
    await writeNew(unfinished, bytes)
    await link(unfinished, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(unfinished, { force: true })
  }
  await syncFolder(dirname(path))
  return true
}

/** In place of the one that is there, whole at any moment. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = unfinishedName(path)
  try {
    await writeNew(unfinished, bytes)
    await rename(unfinished, path)
  } finally {
    await rm(unfinished, { force: true })
  }
  await syncFolder(dirname(path))
}

function unfinishedName(path: string): string {
  return join(dirname(path), `.${randomUUID()}.tmp`)
}
