import type { GenerationsTiming } from '@sluice/generations'
import { defaultTiming } from '@sluice/generations'
import { drawFlood, type Flood } from '../world/flood.ts'
import { drawLimits, plenty, type SimLimits } from '../world/limits.ts'
import type { Random } from './random.ts'

/** What a run is made of: sizes, times and how often what goes wrong. Drawn from the run number, so that the rare is forced, not awaited. */
export interface Settings {
  readonly replicas: Readonly<Record<ServiceKind, number>>
  readonly timing: GenerationsTiming
  readonly reapIntervalMs: number
  readonly concurrency: { readonly router: number; readonly providerAdapter: number }
  readonly usageBatch: { readonly maxRecords: number; readonly maxWaitMs: number }
  readonly deadlineMs: number
  readonly keepAliveMs: number
  readonly stallTimeoutMs: number
  readonly graceMs: number
  readonly upstream: {
    readonly connectMs: number
    readonly firstByteMs: number
    readonly idleMs: number
  }
  /** Bytes a server socket takes before it asks its writer to wait. */
  readonly socketBufferBytes: number
  readonly calls: number
  /** Clients and faults come within this time; then everything heals. */
  readonly activeMs: number
  readonly faults: FaultMix
  readonly limits: SimLimits
  /** Null in most runs. */
  readonly flood: Flood | null
  /** Nothing goes wrong but clients and providers: what only holds in peace is checked too. */
  readonly calm: boolean
}

export const serviceKinds = ['auth', 'router', 'provider-adapter', 'usage', 'ingress'] as const
export type ServiceKind = (typeof serviceKinds)[number]

/** Probabilities are per port call, message or provider call; the others are counts per run. */
export interface FaultMix {
  readonly latencyMs: number
  /** A message that takes a hundred times as long. */
  readonly slowMessage: number
  readonly crashAtCall: number
  readonly lostRequest: number
  readonly lostReply: number
  readonly duplicateDelivery: number
  readonly lostBroadcast: number
  readonly brokenTail: number
  readonly providerTrouble: number
  readonly crashes: number
  readonly pauses: number
  readonly restarts: number
  readonly clockJumps: number
  readonly outages: number
}

export function drawSettings(random: Random): Settings {
  const drawn = drawQuiet(random)
  const flood = drawFlood(random.fork('flood'), drawn.activeMs)
  return flood === null ? { ...drawn, flood } : { ...flooded(drawn), flood }
}

/** Few workers, lines of their own for the tenants, and room and limits for all that comes: what waits is what is looked at. */
function flooded(drawn: Omit<Settings, 'flood'>): Omit<Settings, 'flood'> {
  const { maxWaiting } = defaultTiming
  const sharedQueue = Math.min(drawn.timing.sharedQueue, 2)
  return {
    ...drawn,
    timing: { ...drawn.timing, maxWaiting, sharedQueue },
    concurrency: { ...drawn.concurrency, providerAdapter: 1 },
    deadlineMs: 15_000,
    limits: plenty,
  }
}

function drawQuiet(random: Random): Omit<Settings, 'flood'> {
  const rare = (probability: number, usual: number, extreme: number) =>
    random.chance(probability) ? extreme : usual
  const leaseMs = random.pick([500, 1_000, 5_000])
  const calm = random.chance(0.2)
  const heartbeatMs = rare(calm ? 0 : 0.05, leaseMs / 5, leaseMs)
  return {
    replicas: {
      auth: random.int(1, 2),
      router: 2,
      'provider-adapter': random.int(2, 3),
      usage: random.int(1, 2),
      ingress: random.int(1, 2),
    },
    timing: {
      ...defaultTiming,
      leaseMs,
      heartbeatMs,
      // Long enough for the archive to be written after any outage, short enough to be outlived.
      retentionMs: rare(0.2, defaultTiming.retentionMs, 12_000),
      maxWaiting: rare(0.1, defaultTiming.maxWaiting, random.int(1, 3)),
      sharedQueue: random.fork('queue').pick([1, 2, defaultTiming.sharedQueue]),
    },
    reapIntervalMs: random.pick([250, 250, 500]),
    concurrency: {
      router: random.pick([1, 4, 256]),
      providerAdapter: random.pick([1, 4, 1_024]),
    },
    usageBatch: {
      maxRecords: random.pick([1, 2, 1_000]),
      maxWaitMs: random.pick([0, 20, 100]),
    },
    deadlineMs: random.pick([3_000, 6_000, 15_000]),
    keepAliveMs: random.pick([200, 1_000, 15_000]),
    stallTimeoutMs: random.pick([300, 2_000]),
    graceMs: random.pick([1, 500, 3_000]),
    upstream: {
      connectMs: rare(0.05, 1_000, 1),
      firstByteMs: rare(0.05, 2_000, 1),
      idleMs: rare(0.05, 2_000, 1),
    },
    socketBufferBytes: random.pick([64, 1_024, 16_384]),
    calls: random.int(3, 14),
    activeMs: random.int(3_000, 9_000),
    faults: calm ? drawCalm(random) : drawFaults(random),
    limits: drawLimits(random.fork('limits'), calm),
    calm,
  }
}

function drawCalm(random: Random): FaultMix {
  return {
    latencyMs: random.pick([0.2, 1, 10]),
    slowMessage: 0,
    crashAtCall: 0,
    lostRequest: 0,
    lostReply: 0,
    duplicateDelivery: random.pick([0, 0.3]),
    lostBroadcast: 0,
    brokenTail: 0,
    providerTrouble: random.pick([0, 0.3]),
    crashes: 0,
    pauses: 0,
    restarts: 0,
    clockJumps: 0,
    outages: 0,
  }
}

/** Every fault is absent from about half of the runs: what one fault hides, another run shows. */
function drawFaults(random: Random): FaultMix {
  const some = (max: number) => (random.chance(0.5) ? 0 : random.between(0, max))
  const count = (max: number) => (random.chance(0.5) ? 0 : random.int(1, max))
  return {
    latencyMs: random.pick([0.2, 1, 10]),
    slowMessage: some(0.02),
    crashAtCall: some(0.004),
    lostRequest: some(0.01),
    lostReply: some(0.02),
    duplicateDelivery: some(0.3),
    lostBroadcast: some(0.5),
    brokenTail: some(0.02),
    providerTrouble: random.pick([0, 0.3, 0.6]),
    crashes: count(4),
    pauses: count(3),
    restarts: count(3),
    clockJumps: count(2),
    outages: count(2),
  }
}
