import type { TokenAlgorithm, TokenKey } from '@sluice/contracts/rpc/token-issuers'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { OutboundGuardOptions } from '@sluice/outbound-guard'
import { z } from 'zod'
import type { TrustedIssuer } from '../accounts-config.ts'
import { createIssuerGuard } from './issuer-guard.ts'

export interface ForeignKeysContext {
  readonly clock: Clock
  readonly logger: Logger
  /** Of the guard; the system's unless given. */
  readonly resolve?: OutboundGuardOptions['resolve']
}

type Source = Pick<TrustedIssuer, 'issuer' | 'jwks_url' | 'algorithms'>

interface Known {
  keys: readonly TokenKey[]
  /** Monotonic ms of the last try, good or not. */
  triedAt: number
  fetching: Promise<void> | null
  failing: boolean
}

const refreshMs = 10 * 60_000
/** However many tokens name keys that are not known. */
const minPauseMs = 60_000
const timeoutMs = 5_000
const maxBytes = 512 * 1_024
const maxKeys = 100

const Jwk = z.looseObject({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string().min(1).max(256).optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  crv: z.string().optional(),
  d: z.undefined().optional(),
})
const KeySet = z.object({ keys: z.array(z.unknown()).max(maxKeys) })

/**
 * Public keys of foreign issuers. Their address is the operator's and may be private; what it redirects to must be public. An answer that is not a set of
 * usable keys changes nothing: the last good set stays.
 */
export class ForeignKeys implements Disposable {
  readonly #context: ForeignKeysContext
  readonly #known = new Map<string, Known>()
  readonly #timer: Timer

  constructor(sources: readonly Source[], context: ForeignKeysContext) {
    this.#context = context
    for (const source of sources) {
      const known = { keys: [], triedAt: -Infinity, fetching: null, failing: false }
      this.#known.set(source.issuer, known)
      void this.refetch(source)
    }
    this.#timer = context.clock.every(refreshMs, () => {
      for (const source of sources) void this.refetch(source)
    })
  }

  keysOf({ issuer }: Pick<Source, 'issuer'>): readonly TokenKey[] {
    return this.#known.get(issuer)?.keys ?? []
  }

  /** Once a minute at most; never rejects. */
  async refetch(source: Source): Promise<void> {
    const known = this.#known.get(source.issuer)
    if (!known) return
    const now = this.#context.clock.monotonic()
    if (!known.fetching && now - known.triedAt < minPauseMs) return
    if (!known.fetching) known.triedAt = now
    known.fetching ??= this.#fetch(source, known).finally(() => {
      known.fetching = null
    })
    await known.fetching
  }

  async #fetch(source: Source, known: Known): Promise<void> {
    const { logger } = this.#context
    const { issuer } = source
    try {
      known.keys = usableKeys(await this.#read(source.jwks_url), source.algorithms)
      if (known.failing) logger.info({ issuer }, 'keys of the issuer are there again')
      known.failing = false
    } catch (error) {
      const problem = messageOf(error)
      logger.warn({ issuer, problem, kept: known.keys.length }, 'keys of an issuer not read')
      known.failing = true
    }
  }

  async #read(url: string): Promise<unknown> {
    const { clock, resolve } = this.#context
    const guard = createIssuerGuard(url, { clock, timeoutMs, maxBytes, resolve })
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const reply = await guard.fetch(url, { headers })
    if (reply.status !== 200) throw new Error(`status ${String(reply.status)}`)
    const type = String(reply.headers['content-type'] ?? '')
    if (!/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(type))
      throw new Error(`content type ${type.slice(0, 100)}`)
    return JSON.parse(reply.body.toString('utf8')) as unknown
  }

  [Symbol.dispose](): void {
    this.#timer.cancel()
  }
}

/** Throws when there is none: an issuer without keys is a mistake, not an answer. */
function usableKeys(value: unknown, algorithms: readonly TokenAlgorithm[]): readonly TokenKey[] {
  const { keys } = KeySet.parse(value)
  const usable = keys.flatMap((key) => toTokenKey(key, algorithms) ?? [])
  if (usable.length === 0) throw new Error('no key that the algorithms of this issuer are for')
  return usable
}

/** Each with one algorithm: the one it says, or the first of the issuer's that its type can do. A symmetric or private one is none. */
function toTokenKey(value: unknown, algorithms: readonly TokenAlgorithm[]): TokenKey | null {
  const parsed = Jwk.safeParse(value)
  if (!parsed.success || (parsed.data.use ?? 'sig') !== 'sig') return null
  const { kid = null, alg, kty, crv } = parsed.data
  const algorithm = algorithms.find((each) => (alg ?? each) === each && fits(each, kty, crv))
  if (algorithm === undefined) return null
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const
  const jwk = members.flatMap((member) => {
    const text = parsed.data[member]
    return typeof text === 'string' ? [[member, text] as const] : []
  })
  return { kid, algorithm, jwk: Object.fromEntries(jwk) }
}

function fits(algorithm: TokenAlgorithm, kty: string, crv: string | undefined): boolean {
  if (algorithm === 'EdDSA') return kty === 'OKP' && crv === 'Ed25519'
  if (algorithm === 'ES256') return kty === 'EC' && crv === 'P-256'
  if (algorithm === 'ES384') return kty === 'EC' && crv === 'P-384'
  return kty === 'RSA'
}
