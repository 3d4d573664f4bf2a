import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '@sluice/kernel/errors'
import { accountErrors } from './errors.ts'

/** OWASP's second choice for Argon2id (2025): about 50 ms of one core. Verification takes the parameters from the hash, so these may grow. */
export interface HashCost {
  readonly memoryKib: number
  readonly passes: number
}
export const defaultCost: HashCost = { memoryKib: 19_456, passes: 2 }

const parallelism = 1
const tagBytes = 32
const saltBytes = 16
/** Each takes one of Node's four threads, which files and names need as well. */
const maxRunning = 2
/** About three seconds of work. Who comes then is asked to come back. */
const maxWaiting = 64

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

/**
 * Argon2id by Node itself, on its threads, a few at a time. A password is brought to NFKC first: the same characters are the same password on every
 * keyboard.
 */
export class Passwords {
  readonly #cost: HashCost
  /** Of a password that nobody has: what is compared where there is no account, so that it takes as long. */
  readonly #nobodys: string
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(cost: HashCost = defaultCost) {
    this.#cost = cost
    const [salt, tag] = [saltBytes, tagBytes].map((bytes) => base64(randomBytes(bytes)))
    this.#nobodys = `${this.#head(cost)}${salt ?? ''}$${tag ?? ''}`
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes)
    const tag = await this.#derive(password, salt, this.#cost, parallelism)
    return `${this.#head(this.#cost)}${base64(salt)}$${base64(tag)}`
  }

  /** `stored` null = there is no such password; the answer takes as long. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const [, memory, passes, lanes, salt, tag] = phc.exec(stored ?? this.#nobodys) ?? []
    if (salt === undefined || tag === undefined)
      throw new Error('a stored password is not readable')
    const cost = { memoryKib: Number(memory), passes: Number(passes) }
    const expected = Buffer.from(tag, 'base64')
    const actual = await this.#derive(
      password,
      Buffer.from(salt, 'base64'),
      cost,
      Number(lanes),
      expected.length,
    )
    return timingSafeEqual(actual, expected) && stored !== null
  }

  /** Was made at another cost than a new one would be. */
  isOutdated(stored: string): boolean {
    return !stored.startsWith(this.#head(this.#cost))
  }

  #head({ memoryKib, passes }: HashCost): string {
    return `$argon2id$v=19$m=${String(memoryKib)},t=${String(passes)},p=${String(parallelism)}$`
  }

  async #derive(
    password: string,
    nonce: Buffer,
    { memoryKib, passes }: HashCost,
    lanes: number,
    tagLength = tagBytes,
  ): Promise<Buffer> {
    await this.#turn()
    try {
      const message = password.normalize('NFKC')
      return await new Promise((resolve, reject) => {
        argon2(
          'argon2id',
          { message, nonce, parallelism: lanes, tagLength, memory: memoryKib, passes },
          (error, tag) => {
            if (error) reject(error)
            else resolve(tag)
          },
        )
      })
    } finally {
      this.#running -= 1
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= maxRunning) {
      if (this.#waiting.length >= maxWaiting) {
        throw new GatewayError(accountErrors.sign_in_busy, undefined, { retryAfterMs: 2_000 })
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#running += 1
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
