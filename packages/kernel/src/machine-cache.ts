import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** As they are called in the environment. */
export interface CachePlaces {
  readonly SLUICE_CACHE_DIR?: string | undefined
  readonly XDG_CACHE_HOME?: string | undefined
}

/** The place, on this machine, of something made from `recipe`: another recipe, another place. */
export function cachePath(places: CachePlaces, name: string, recipe: string): string {
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 16)
  const caches = places.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  return join(places.SLUICE_CACHE_DIR ?? join(caches, 'sluice'), `${name}-${hash}`)
}

/** Makes the folder by `fill`, once: it appears under its name complete or not at all, also when two processes make it together. */
export async function fillOnce(
  folder: string,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return
  const unfinished = `${folder}.${String(process.pid)}`
  await mkdir(unfinished, { recursive: true })
  try {
    await fill(unfinished)
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
