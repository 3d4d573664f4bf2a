import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { GatewayError } from '@sluice/kernel/errors'
import { secretErrors } from './errors.ts'

export interface KeyRing {
  /** The key that seals; the others only open. */
  readonly currentId: string
  /** 32 bytes each, by id. */
  readonly keys: ReadonlyMap<string, Buffer>
}

/**
 * Secrets as they may be stored. `place` says where one belongs (tenant, table, column, row): it is authenticated, not stored, so that a
 * sealed secret opens nowhere else. `open` throws `secret_unreadable` for anything that this box did not seal for that place.
 */
export interface SecretBox {
  seal(secret: string, place: SecretPlace): string
  open(sealed: string, place: SecretPlace): string
  /** False: sealed with an earlier key, to be sealed again. */
  isCurrent(sealed: string): boolean
  /** The key that it was sealed with is there. */
  hasKeyOf(sealed: string): boolean
  reseal(sealed: string, place: SecretPlace): string
}

export interface SecretPlace {
  readonly tenant: string
  readonly table: string
  readonly column: string
  readonly row: string
}

const algorithm = 'aes-256-gcm'
const version = 'v1'
const nonceBytes = 12
/** Said to both sides: left out, Node takes tags of any length from four bytes on. */
const tagBytes = 16

export function createSecretBox({ currentId, keys }: KeyRing): SecretBox {
  const sealingKey = keys.get(currentId)
  if (sealingKey === undefined) throw new Error('the key ring lacks its current key')

  const box: SecretBox = {
    seal(secret, place) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, sealingKey, nonce, { authTagLength: tagBytes })
      cipher.setAAD(authenticated(currentId, place))
      const sealed = Buffer.concat([
        cipher.update(secret, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ])
      return [version, currentId, nonce.toString('base64url'), sealed.toString('base64url')].join(
        '.',
      )
    },
    open(sealed, place) {
      const { keyId, nonce, data } = parse(sealed)
      const key = keys.get(keyId)
      if (key === undefined) throw unreadable(`it was encrypted with the key ${keyId}`)
      try {
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
        decipher.setAAD(authenticated(keyId, place))
        decipher.setAuthTag(data.subarray(-tagBytes))
        const secret = decipher.update(data.subarray(0, -tagBytes))
        return Buffer.concat([secret, decipher.final()]).toString('utf8')
      } catch (cause) {
        throw unreadable('it was changed, or belongs elsewhere', cause)
      }
    },
    hasKeyOf: (sealed) => keys.has(parse(sealed).keyId),
    isCurrent: (sealed) => parse(sealed).keyId === currentId,
    reseal: (sealed, place) => box.seal(box.open(sealed, place), place),
  }
  return box
}

interface Sealed {
  readonly keyId: string
  readonly nonce: Buffer
  readonly data: Buffer
}

function parse(sealed: string): Sealed {
  const [form, keyId, nonceText, dataText, ...more] = sealed.split('.')
  if (form !== version || !keyId || !nonceText || !dataText || more.length > 0)
    throw unreadable('it is not in a form that is known')
  const nonce = Buffer.from(nonceText, 'base64url')
  const data = Buffer.from(dataText, 'base64url')
  if (nonce.length !== nonceBytes || data.length < tagBytes) throw unreadable('it is cut')
  return { keyId, nonce, data }
}

/** Length before text: no two places give the same bytes. */
function authenticated(keyId: string, { tenant, table, column, row }: SecretPlace): Buffer {
  const parts = [version, keyId, tenant, table, column, row]
  return Buffer.from(parts.map((part) => `${String(part.length)}:${part}`).join('|'))
}

function unreadable(reason: string, cause?: unknown): GatewayError {
  const message = `${secretErrors.secret_unreadable.title}: ${reason}`
  return new GatewayError(secretErrors.secret_unreadable, message, { cause })
}
