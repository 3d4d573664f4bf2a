import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import { configurationError } from '@sluice/kernel/env'
import type { SecretBox } from '@sluice/secret-box'

/** Refuses to start where credentials are stored that nobody could open: better now than at every call of theirs. */
export function requireKeys(rows: StoredRows | null, box: SecretBox | null): void {
  const locked = (rows?.providers ?? []).filter(
    ({ auth }) => auth !== null && box?.hasKeyOf(auth.sealed) !== true,
  )
  const [first] = locked
  if (!first) return
  throw configurationError([
    `ENCRYPTION_KEY: ${String(locked.length)} stored credentials, that of ${first.row.name} among them, were encrypted with a key that is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_PREVIOUS`,
  ])
}
