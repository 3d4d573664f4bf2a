import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationError, type Environment } from '@sluice/kernel/env'
import type { KeyRing } from '@sluice/secret-box'
import { readKeyRing } from '@sluice/secret-box/config'

export interface KeyRingPlace {
  readonly production: boolean
  readonly dataDir: string
}

/**
 * What stored credentials are encrypted with. Without `ENCRYPTION_KEY` a key is made and kept in `DATA_DIR/encryption-key` (readable by its owner only);
 * not in production, where there is none then, and nothing is stored.
 */
export function openKeyRing(
  env: Environment,
  { production, dataDir }: KeyRingPlace,
): KeyRing | null {
  const chosen = readKeyRing(env)
  if (chosen !== null || production) return chosen
  return readKeyRing({
    ENCRYPTION_KEY: developmentKey(dataDir),
    ENCRYPTION_KEY_ID: 'development',
  })
}

/**
 * Made keys, passwords and sessions cross Redis between the edge and their owner, encrypted with this key, and may be on its disk a moment later: in
 * production no process that speaks through it starts without one.
 */
export function requireBusKey(env: Environment, { production }: Pick<KeyRingPlace, 'production'>) {
  if (!production || readKeyRing(env) !== null) return
  throw configurationError([
    'ENCRYPTION_KEY: must be set in production where processes speak through Redis: keys and passwords cross it encrypted (openssl rand -base64 32 makes one; ENCRYPTION_KEY_ID names it)',
  ])
}

function developmentKey(dataDir: string): string {
  const path = join(dataDir, 'encryption-key')
  const known = keptKey(path)
  if (known !== null) return known
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  try {
    // Processes of one cluster start together: the first makes it, the others find it there.
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const made = keptKey(path)
  if (made === null) throw new Error(`${path} holds no key`)
  return made
}

function keptKey(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
