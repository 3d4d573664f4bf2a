import { hash, randomBytes } from 'node:crypto'

/** 256 bits; only its hash is kept. The prefix tells secret scanners, and people, what it is. */
export function newSecret(prefix: string): { readonly secret: string; readonly hash: string } {
  const secret = `${prefix}_${randomBytes(32).toString('base64url')}`
  return { secret, hash: hashOf(secret) }
}

export function hashOf(secret: string): string {
  return hash('sha256', secret)
}

/** 128 bits of letters and digits: as good in addresses as in file names. */
export function newId(prefix: string): string {
  return `${prefix}${randomBytes(16).toString('hex')}`
}

/** 120 bits, without signs that a shell or a double click stumbles over. */
export function newPassword(): string {
  return randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'x')
}
