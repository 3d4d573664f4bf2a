import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What was fetched or compiled once for this machine. */
function cacheFolder(): string {
  const chosen = process.env['SLUICE_CACHE_DIR']
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return chosen ?? join(caches, 'sluice')
}

/** The place of something made from `recipe`: another recipe, another place. */
export function cachePath(name: string, recipe: string): string {
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 16)
  return join(cacheFolder(), `${name}-${hash}`)
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
