import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Of the operating system's randomness unless a test gives another. */
export type RandomBytes = (size: number) => Uint8Array

export interface MintedKey {
  /** Names the key; part of it. */
  readonly id: string
  /** The credential itself: given away once, kept nowhere. */
  readonly key: string
  /** What it begins with, to be recognised by. */
  readonly prefix: string
  /** SHA-256 of the whole, in hex. */
  readonly credentialHash: string
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idBytes = 12
const secretBytes = 32

/**
 * `gw_live_<id>_<secret><crc>`: 96 and 256 random bits, and a checksum of all before it, by which scanners of leaked secrets know it from
 * text that looks alike. Letters and digits only, so that a double click selects it.
 */
export function mintKey(random: RandomBytes = randomBytes): MintedKey {
  const id = base62(random(idBytes))
  const prefix = `gw_live_${id}`
  const unchecked = `${prefix}_${base62(random(secretBytes))}`
  const key = `${unchecked}${checksum(unchecked)}`
  return { id, key, prefix, credentialHash: hash('sha256', key) }
}

/** False: nobody can have been given this key. */
export function isMintedKey(text: string): boolean {
  if (!/^gw_live_[0-9A-Za-z]{17}_[0-9A-Za-z]{49}$/.test(text)) return false
  return checksum(text.slice(0, -6)) === text.slice(-6)
}

function checksum(text: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return base62(bytes)
}

/** As many digits for as many bytes, whatever they are. */
function base62(bytes: Uint8Array): string {
  const digits = Math.ceil((bytes.length * 8) / Math.log2(alphabet.length))
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (let i = 0; i < digits; i += 1) {
    text = `${alphabet[Number(rest % 62n)] ?? ''}${text}`
    rest /= 62n
  }
  return text
}
