import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The key of a gateway that was started without `AUTH_TOKEN`: made once, kept in `DATA_DIR/dev-key` (readable by its owner only). Not for
 * production, where a start without `AUTH_TOKEN` is refused.
 */
export function developmentKey(dataDir: string): string {
  const path = join(dataDir, 'dev-key')
  try {
    const kept = readFileSync(path, 'utf8').trim()
    if (kept.length >= 24) return kept
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = `gw-dev-${randomBytes(24).toString('base64url')}`
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(path, `${key}\n`, { mode: 0o600 })
  return key
}
