import { isDeepStrictEqual } from 'node:util'
import type { Provider } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import { type AddressedCall, addressOf } from '@sluice/provider-access/address'
import { type AddHeaders, createHeaderFilter } from '@sluice/provider-access/call-headers'
import { type Credential, createCredentials, secretsOf } from '@sluice/provider-access/credentials'
import { KeyPool } from '@sluice/provider-access/key-pool'
import { createRedaction } from '@sluice/provider-access/redaction'
import type { Upstream, UpstreamTls } from '@sluice/upstream'
import { Circuits } from './circuits.ts'
import type { ProviderAdapterConfig } from './config.ts'
import { Gate } from './gate.ts'
import type { ProviderAdapterMetrics, ProviderMetrics, ProviderStanding } from './metrics.ts'
import { readTls } from './read-tls.ts'

/** A provider row made ready to be called: everything that is the same for each of its calls. */
export interface CallableProvider {
  readonly row: Provider
  /** `usual`: what the wire makes of a base URL. */
  address(call: AddressedCall, usual: (baseUrl: string) => string): string
  readonly addHeaders: AddHeaders
  readonly tls: UpstreamTls | null
  readonly keys: KeyPool
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
  const standingOf = (name: string) => {
    let standing = standings.get(name)
    if (!standing) standings.set(name, (standing = new Standing(name, context)))
    return standing
  }
  const standingNow = (name: string): ProviderStanding => {
    const standing = standings.get(name)
    const keys = prepared.get(name)?.callable.keys
    return {
      name,
      circuits_open: standing?.circuits.open ?? 0,
      calls: standing?.gate.inside ?? 0,
      waiting: standing?.gate.waiting ?? 0,
      keys: keys?.size ?? 0,
      keys_resting: keys?.resting ?? 0,
      down: (standing?.downUntil ?? 0) > clock.monotonic() ? 1 : 0,
    }
  }
  return {
    /** Throws when the row cannot be used as it is. */
    get(name: string): CallableProvider | null {
      const row = catalogue.current.providers.get(name)
      if (!row) return null
      const known = prepared.get(name)
      if (known?.seen === row) return known.callable
      // The catalogue is made anew whenever anything in it changes, mostly something else.
      const isSame = known !== undefined && isDeepStrictEqual(known.callable.row, row)
      const callable = isSame ? known.callable : prepare(row, standingOf(name), context)
      prepared.set(name, { seen: row, callable })
      return callable
    },
    /** For who looks whether providers answer. */
    setDown(name: string, forMs: number | null): void {
      standingOf(name).downUntil = forMs === null ? null : clock.monotonic() + forMs
    },
    /** By an operator: all of its circuits are closed and all of its keys are tried again. */
    reset(name: string): boolean {
      const standing = standings.get(name)
      if (!standing) return false
      standing.circuits.reset()
      standing.downUntil = null
      prepared.get(name)?.callable.keys.wake()
      return true
    },
    standing: standingNow,
    standings: () => Array.from(standings.keys(), standingNow),
    /** It has been called. */
    isKnown: (name: string) => standings.has(name),
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
  let alertedAt = Number.NEGATIVE_INFINITY
  return {
    row,
    address: (call, usual) => addressOf(row, call, usual),
    addHeaders: createHeaderFilter(row),
    tls: readTls(row.tls ?? config.tls),
    keys: new KeyPool(createCredentials(row, context), clock),
    redact: createRedaction(secretsOf(row)),
    circuits: standing.circuits,
    metrics: standing.metrics,
    gatesOf(model) {
      const max = catalogue.current.models.get(model)?.maxConcurrent ?? null
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
    alertCredential({ number }) {
      standing.metrics.credentialRefused.inc()
      if (clock.monotonic() - alertedAt < alertEveryMs) return
      alertedAt = clock.monotonic()
      logger.error(
        { provider: row.name, key_number: number },
        'the provider refuses our credential',
      )
    },
  }
}
