import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>

/** As much of CBOR as an authenticator speaks. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([head(3, bytes.length), bytes])
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  const items = [...value].flatMap(([name, item]) => [cbor(name), cbor(item)])
  return Buffer.concat([head(5, value.size), ...items])
}

function head(major: number, length: number): Buffer {
  const type = major << 5
  if (length < 24) return Buffer.from([type | length])
  if (length < 256) return Buffer.from([type | 24, length])
  return Buffer.from([type | 25, length >> 8, length & 255])
}

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest()
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

export interface Ceremony {
  readonly challenge: string
  readonly origin?: string
  readonly host?: string
  readonly userVerified?: boolean
  readonly type?: string
}

/** A passkey in software: one ES256 key pair, bound to no device. */
export class VirtualAuthenticator {
  readonly id = randomBytes(32)
  counter = 0
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  register({ type = 'webauthn.create', ...ceremony }: Ceremony) {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    const key = new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ])
    const idLength = Buffer.from([0, this.id.length])
    const attested = Buffer.concat([Buffer.alloc(16), idLength, this.id, cbor(key)])
    const authData = Buffer.concat([this.#authData(ceremony, 0x40), attested])
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return this.#credential({
      clientDataJSON: base64url(clientData(type, ceremony)),
      attestationObject: base64url(cbor(attestation)),
      transports: ['internal'],
    })
  }

  signIn({ type = 'webauthn.get', ...ceremony }: Ceremony) {
    this.counter += 1
    const client = clientData(type, ceremony)
    const authData = this.#authData(ceremony, 0)
    const signature = sign(
      'sha256',
      Buffer.concat([authData, sha256(client)]),
      this.#keys.privateKey,
    )
    return this.#credential({
      clientDataJSON: base64url(client),
      authenticatorData: base64url(authData),
      signature: base64url(signature),
    })
  }

  #credential(response: object) {
    const id = base64url(this.id)
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response }
  }

  #authData(
    { host = 'localhost', userVerified = true }: Omit<Ceremony, 'type'>,
    flags: number,
  ): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    const all = flags | 0x01 | (userVerified ? 0x04 : 0)
    return Buffer.concat([sha256(host), Buffer.from([all]), counter])
  }
}

function clientData(
  type: string,
  { challenge, origin = 'http://localhost:3000' }: Ceremony,
): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}
