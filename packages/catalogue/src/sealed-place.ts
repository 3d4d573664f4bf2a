/** Whose credential it is: part of what it is sealed with. */
export interface SealedPlace {
  readonly tenant: string
  readonly table: string
  readonly column: string
  readonly row: string
}

/**
 * Where the credential of a stored provider belongs: to this row, and to the host that the row names. A ciphertext that was moved to another
 * row, or whose row was given another address by whoever can write to the database, does not open.
 */
export function authPlace(tenant: string | null, name: string, baseUrl: string): SealedPlace {
  const { origin } = new URL(baseUrl)
  return { tenant: tenant ?? '*', table: 'router.providers', column: `auth ${origin}`, row: name }
}
