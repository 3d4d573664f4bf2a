import { isDeepStrictEqual } from 'node:util'
import { allProviders, catalogueFor, type Provider, providerId } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { Caller } from '@sluice/contracts/caller'
import type { KeyRest } from '@sluice/contracts/rpc/provider-adapter'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import { type AddressedCall, addressOf } from '@sluice/provider-access/address'
import { type AddHeaders, createHeaderFilter } from '@sluice/provider-access/call-headers'
import { type Credential, createCredentials, secretsOf } from '@sluice/provider-access/credentials'
import { KeyPool } from '@sluice/provider-access/key-pool'
import { createRedaction } from '@sluice/provider-access/redaction'
import type { OutboundGuard } from '@sluice/outbound-guard'
import type { SecretBox } from '@sluice/secret-box'
import type { Upstream, UpstreamTls } from '@sluice/upstream'
import type { Disguise } from '@sluice/wire/caller-names'
import type { CallerDisguise } from './caller-disguise.ts'
import { Circuits } from './circuits.ts'
import type { ProviderAdapterConfig } from './config.ts'
import { Gate } from './gate.ts'
import type { ProviderAdapterMetrics, ProviderMetrics, ProviderStanding } from './metrics.ts'
import { openAuth } from './open-auth.ts'
import { connectionOf } from './connection-of.ts'

/** A provider row made ready to be called: everything that is the same for each of its calls. */
export interface CallableProvider {
  readonly row: Provider
  /** `usual`: what the wire makes of a base URL. */
  address(call: AddressedCall, usual: (baseUrl: string) => string): string
  readonly addHeaders: AddHeaders
  /** For names that this caller's calls hold; undefined = they go as they are. */
  disguiseFor(caller: Pick<Caller, 'tenantId'>): Disguise | undefined
  readonly tls: UpstreamTls | null
  readonly keys: KeyPool
  /** One of several keys was told to rest: the other provider-adapters are told, too. */
  tellRest(credential: Credential, ms: number): void
  /** Takes our own keys out of a text. */
  readonly redact: (text: string) => string
  readonly circuits: Circuits
  /** Those that a call of this model passes through, in order. */
  gatesOf(model: string): readonly Gate[]
  /** How long its calls are refused because it does not answer at all; 0 = it does. */
  readonly downMs: number
  /** Since a call was last answered. */
  readonly answeredMs: number
  /** A call was answered. */
  answers(): void
  /** One of our credentials was refused. */
  alertCredential(credential: Credential): void
  readonly metrics: ProviderMetrics
}

export interface ProvidersContext {
  readonly config: ProviderAdapterConfig
  readonly catalogue: CatalogueSource
  readonly metrics: ProviderAdapterMetrics
  readonly upstream: Upstream
  readonly guard: OutboundGuard
  /** Opens the credentials of rows from the database; null = there is no key for it. */
  readonly box: SecretBox | null
  readonly disguise: CallerDisguise
  readonly tellRest: (rest: Omit<KeyRest, 'instance'>) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** What is known of a provider beyond its row: stays when the row is replaced. */
class Standing {
  readonly circuits: Circuits
  readonly gate: Gate
  readonly modelGates = new Map<string, Gate>()
  readonly metrics: ProviderMetrics
  /** Monotonic ms; null = it answers, or nobody has looked. */
  downUntil: number | null = null
  answeredAt = Number.NEGATIVE_INFINITY

  constructor(name: string, { config, clock, metrics }: ProvidersContext) {
    this.circuits = new Circuits(config.circuit, clock)
    this.gate = new Gate({ max: null, ...config.queue }, clock)
    this.metrics = metrics.forProvider(name)
  }
}

export type Providers = ReturnType<typeof createProviders>

/**
 * Looks a route's provider up. Rows are prepared at their first call, and again when they have changed: the next call goes by the new row, calls
 * under way end on the old one.
 */
export function createProviders(context: ProvidersContext) {
  const { catalogue, clock } = context
  const prepared = new Map<string, Prepared>()
  const standings = new Map<string, Standing>()
  /** By `providerId`, like everything here. */
  const standingOf = (id: string) => {
    let standing = standings.get(id)
    if (!standing) standings.set(id, (standing = new Standing(id, context)))
    return standing
  }
  const standingNow = (id: string): ProviderStanding => {
    const standing = standings.get(id)
    const keys = prepared.get(id)?.callable.keys
    return {
      name: id,
      circuits_open: standing?.circuits.open ?? 0,
      calls: standing?.gate.inside ?? 0,
      waiting: standing?.gate.waiting ?? 0,
      keys: keys?.size ?? 0,
      keys_resting: keys?.resting ?? 0,
      down: (standing?.downUntil ?? 0) > clock.monotonic() ? 1 : 0,
    }
  }
  const callableOf = (row: Provider): CallableProvider => {
    const id = providerId(row)
    const known = prepared.get(id)
    if (known?.seen === row) return known.callable
    // The catalogue is made anew whenever anything in it changes, mostly something else.
    const isSame = known !== undefined && isDeepStrictEqual(known.callable.row, row)
    const callable = isSame ? known.callable : prepare(row, standingOf(id), context)
    prepared.set(id, { seen: row, callable })
    return callable
  }
  /** Backends come and go: what is known of one that is gone goes with its last call. */
  const forgetRemoved = () => {
    const there = new Set(Array.from(allProviders(catalogue.current), providerId))
    for (const [id, { gate }] of standings) {
      if (there.has(id) || gate.inside > 0 || gate.waiting > 0) continue
      standings.delete(id)
      prepared.delete(id)
    }
  }
  return {
    /** Throws when the row cannot be used as it is. */
    callableOf,
    /** What a tenant means by a name. */
    get(name: string, tenant: string): CallableProvider | null {
      const row = catalogueFor(catalogue.current, tenant).providers.get(name)
      return row ? callableOf(row) : null
    },
    /** For who looks whether providers answer. */
    setDown(id: string, forMs: number | null): void {
      standingOf(id).downUntil = forMs === null ? null : clock.monotonic() + forMs
    },
    /** By an operator: all of its circuits are closed and all of its keys are tried again. */
    reset(id: string): boolean {
      const standing = standings.get(id)
      if (!standing) return false
      standing.circuits.reset()
      standing.downUntil = null
      prepared.get(id)?.callable.keys.wake()
      return true
    },
    /** Another provider-adapter was told so. Its pool must be ours: numbers of another row would rest the wrong key. */
    rest(id: string, { number, keys }: { number: number; keys: number }, ms: number): void {
      const pool = prepared.get(id)?.callable.keys
      if (pool?.size === keys) pool.rest({ number }, ms)
    },
    standing: standingNow,
    standings(): readonly ProviderStanding[] {
      forgetRemoved()
      return Array.from(standings.keys(), standingNow)
    },
    /** It has been called. */
    isKnown: (id: string) => standings.has(id),
  }
}

interface Prepared {
  /** The row as the catalogue had it last. */
  readonly seen: Provider
  readonly callable: CallableProvider
}

/** How often a refused credential is worth a line. */
const alertEveryMs = 60_000

function prepare(row: Provider, standing: Standing, context: ProvidersContext): CallableProvider {
  const { config, catalogue, clock, logger } = context
  const { queueMax, queueTimeoutMs, maxConcurrent } = row.limits
  const queue = {
    queueMax: queueMax ?? config.queue.queueMax,
    queueTimeoutMs: queueTimeoutMs ?? config.queue.queueTimeoutMs,
  }
  standing.gate.limits = { max: maxConcurrent, ...queue }
  const ofProvider = [standing.gate]
  const auth = openAuth(row, context.box)
  const keys = new KeyPool(createCredentials({ auth, options: row.options }, context), clock)
  let alertedAt = Number.NEGATIVE_INFINITY
  return {
    row,
    address: (call, usual) => addressOf(row, call, usual),
    addHeaders: createHeaderFilter(row),
    disguiseFor: (caller) => context.disguise(caller, row),
    tls: connectionOf(row, context),
    keys,
    redact: createRedaction(secretsOf(auth)),
    circuits: standing.circuits,
    metrics: standing.metrics,
    gatesOf(model) {
      const { models } =
        row.tenant === null ? catalogue.current : catalogueFor(catalogue.current, row.tenant)
      const max = models.get(model)?.maxConcurrent ?? null
      if (max === null) return ofProvider
      let gate = standing.modelGates.get(model)
      if (!gate) standing.modelGates.set(model, (gate = new Gate({ max, ...queue }, clock)))
      else gate.limits = { max, ...queue }
      return [gate, standing.gate]
    },
    get downMs() {
      return standing.downUntil === null ? 0 : Math.max(0, standing.downUntil - clock.monotonic())
    },
    get answeredMs() {
      return clock.monotonic() - standing.answeredAt
    },
    answers() {
      standing.downUntil = null
      standing.answeredAt = clock.monotonic()
    },
    tellRest: ({ number }, ms) => {
      context.tellRest({ id: providerId(row), number, keys: keys.size, ms })
    },
    alertCredential({ number }) {
      standing.metrics.credentialRefused.inc()
      if (clock.monotonic() - alertedAt < alertEveryMs) return
      alertedAt = clock.monotonic()
      logger.error(
        { provider: providerId(row), key_number: number },
        'the provider refuses our credential',
      )
    },
  }
}
