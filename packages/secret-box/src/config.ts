import {
  configurationError,
  envList,
  type Environment,
  envText,
  readEnvironment,
} from '@sluice/kernel/env'
import { z } from 'zod'
import type { KeyRing } from './secret-box.ts'

/** What stored credentials are encrypted with. */
export const environment = z.object({
  ENCRYPTION_KEY: envText
    .optional()
    .describe(
      '32 bytes as base64 or hex (openssl rand -base64 32); required in production where credentials are stored',
    ),
  ENCRYPTION_KEY_ID: envText
    .regex(/^[\w-]{1,32}$/, 'letters, digits, _ and - only, at most 32')
    .optional()
    .describe('name of that key, kept beside what it encrypts'),
  ENCRYPTION_KEYS_PREVIOUS: envList
    .prefault('')
    .describe('earlier keys that stored credentials may still need, as id:key,id:key'),
})

/** Null = no key is set: nothing can be stored encrypted. All problems are reported together, never with a key in them. */
export function readKeyRing(env: Environment): KeyRing | null {
  const values = readEnvironment(environment, env)
  const { ENCRYPTION_KEY: current, ENCRYPTION_KEY_ID: currentId } = values
  if (current === undefined && currentId === undefined) {
    if (values.ENCRYPTION_KEYS_PREVIOUS.length === 0) return null
    throw configurationError(['ENCRYPTION_KEY: must be set beside ENCRYPTION_KEYS_PREVIOUS'])
  }
  if (current === undefined) throw configurationError(['ENCRYPTION_KEY: must be set'])
  if (currentId === undefined) throw configurationError(['ENCRYPTION_KEY_ID: must be set'])

  const problems: string[] = []
  const keys = new Map<string, Buffer>()
  const add = (variable: string, id: string, text: string) => {
    const key = decodeKey(text)
    if (key === null) problems.push(`${variable}: ${id} is not 32 bytes in base64 or hex`)
    else if (keys.has(id)) problems.push(`${variable}: ${id} is there twice`)
    else keys.set(id, key)
  }
  add('ENCRYPTION_KEY', currentId, current)
  for (const [index, entry] of values.ENCRYPTION_KEYS_PREVIOUS.entries()) {
    const [, id, key] = /^([\w-]{1,32}):(.+)$/.exec(entry) ?? []
    if (id === undefined || key === undefined) {
      problems.push(`ENCRYPTION_KEYS_PREVIOUS: entry ${String(index + 1)} is not id:key`)
    } else add('ENCRYPTION_KEYS_PREVIOUS', id, key)
  }
  if (problems.length > 0) throw configurationError(problems)
  return { currentId, keys }
}

function decodeKey(text: string): Buffer | null {
  const key = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
  return key.length === 32 ? key : null
}
