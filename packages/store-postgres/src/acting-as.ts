import type { As } from './database.ts'
import { roles } from './roles.ts'

/** Opens a transaction that acts as somebody; all of it goes in one trip. Without anybody it keeps what the login may do. */
export function beginAs(as: As | undefined): string {
  if (!as) return 'BEGIN'
  const begin = `BEGIN; SET LOCAL ROLE ${roleOf(as)}`
  return 'tenant' in as ? `${begin}; SET LOCAL sluice.tenant = ${literal(as.tenant)}` : begin
}

/** The same as one statement with values, for what opens no transaction of its own. Holds until the end of the one it runs in. */
export const actAs = `SELECT set_config('role', $1, true), set_config('sluice.tenant', $2, true)`

export function actAsValues(as: As): [role: string, tenant: string] {
  return [roleOf(as), 'tenant' in as ? as.tenant : '']
}

function roleOf(as: As): string {
  return 'tenant' in as ? roles.tenant : roles.service
}

function literal(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll(`'`, `''`)}'`
}
