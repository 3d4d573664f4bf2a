import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import { inPlaceOf, newRequestId } from '@sluice/kernel/ids'
import type {
  Admission,
  Attach,
  Claim,
  End,
  Generations,
  ReadOutcome,
  Tail,
} from './generations.ts'
import { createMemoryGenerations, type MemoryGenerationsOptions } from './memory-generations.ts'

/*
 * Ways an adapter could be wrong, each of which the contract suite has to find. They are wrapped around the sound memory adapter, so that no
 * line of it exists for their sake.
 */

type Fault = (inner: Generations) => Partial<Generations>

const faults = {
  /** A writer that lost its lease writes on as if it were its successor. */
  'no-fence': (inner) => {
    const current = new Map<RequestId, Claim>()
    const currentOf = (claim: Claim) => current.get(claim.id) ?? claim
    return {
      async claim(id, onRevoked) {
        const outcome = await inner.claim(id, onRevoked)
        if (outcome.ok) current.set(id, outcome.claim)
        return outcome
      },
      append: (claim, entries) => inner.append(currentOf(claim), entries),
      finish: (claim, last, end) => inner.finish(currentOf(claim), last, end),
    }
  },

  /** Two workers hold the same generation. */
  'two-claims': (inner) => {
    const claims = new Map<RequestId, Claim>()
    return {
      async claim(id, onRevoked) {
        const outcome = await inner.claim(id, onRevoked)
        if (outcome.ok) claims.set(id, outcome.claim)
        const claim = claims.get(id)
        return claim === undefined ? outcome : { ok: true, claim }
      },
    }
  },

  'share-references': (inner) => {
    const requests = new Map<RequestId, GenerationRequest>()
    const shared = (request: GenerationRequest) => requests.get(request.id) ?? request
    return {
      admit(admission) {
        requests.set(admission.request.id, admission.request)
        return inner.admit(admission)
      },
      takeRequests: (handler, options) =>
        inner.takeRequests((request) => handler(shared(request)), options),
      async claim(id, onRevoked) {
        const outcome = await inner.claim(id, onRevoked)
        if (!outcome.ok) return outcome
        return { ok: true, claim: { ...outcome.claim, request: shared(outcome.claim.request) } }
      },
    }
  },

  'share-entries': (inner) => {
    const seen = new Map<string, LogEntry>()
    return readingThrough(inner, (id, entries) =>
      entries.map((entry) => {
        const key = `${id} ${String(entry.epoch)}-${String(entry.seq)}`
        const first = seen.get(key) ?? entry
        seen.set(key, first)
        return first
      }),
    )
  },

  'lose-terminal-entry': (inner) =>
    readingThrough(inner, (_id, entries) => entries.filter(({ end }) => end === null)),

  reorder: (inner) => readingThrough(inner, (_id, entries) => entries.toReversed()),

  'duplicate-entry': (inner) => ({
    append: (claim, entries) => inner.append(claim, [...entries, ...entries.slice(-1)]),
  }),

  /** A reader that comes back misses the entry after its cursor. */
  'replay-gap': (inner) => ({
    async read(id, after, maxBytes) {
      const outcome = await inner.read(id, after, maxBytes)
      return outcome.ok && after !== null
        ? { ok: true, entries: outcome.entries.slice(1) }
        : outcome
    },
  }),

  /** A cursor that means nothing is answered with data. */
  'silent-reset': (inner) => ({
    async read(id, after, maxBytes): Promise<ReadOutcome> {
      const outcome = await inner.read(id, after, maxBytes)
      if (outcome.ok || outcome.refusal !== 'log_reset') return outcome
      return inner.read(id, null, maxBytes)
    },
  }),

  'write-after-end': (inner) => ({
    async append(claim, entries) {
      const outcome = await inner.append(claim, entries)
      const isLate = !outcome.ok && outcome.refusal === 'state'
      return isLate ? { ok: true, cursor: { epoch: claim.epoch, seq: 0 } } : outcome
    },
  }),

  /** The holder of a cancelled generation never hears of it. */
  'deaf-holder': (inner) => ({
    claim: (id) => inner.claim(id, () => {}),
  }),

  /** A refused admission stays in the count of what waits. */
  'leaky-refusal': (inner) => {
    let leaked = 0
    return {
      async admit(admission) {
        const outcome = await inner.admit(admission)
        if (!outcome.ok) leaked += 1
        return outcome
      },
      async depths() {
        const depths = await inner.depths()
        return { ...depths, requests: depths.requests + leaked }
      },
    }
  },

  /** A batch of usage whose handler throws is gone. */
  'drop-on-throw': (inner) => ({
    takeUsage: (handler, options) =>
      inner.takeUsage(async (records) => {
        await handler(records).catch(() => {})
      }, options),
  }),

  'lose-usage': (inner) => ({
    takeUsage: (handler, options) =>
      inner.takeUsage((records) => handler(records.slice(1)), options),
  }),

  /** The bill leaves before the answer is readable. */
  'early-usage': (inner) => {
    let send: (records: readonly UsageRecord[]) => Promise<void> = async () => {}
    return {
      takeUsage(handler, options) {
        send = handler
        return inner.takeUsage(handler, options)
      },
      async finish(claim, last, end) {
        await send([end.usage])
        return inner.finish(claim, last, end)
      },
    }
  },

  /** Repetitions of a call are calls of their own. */
  'no-attach': (inner) => ({
    admit: (admission) => inner.admit({ ...admission, attach: null }),
  }),

  /** Whoever has the same body joins: two originals become one. */
  'originals-join': (inner) => ({
    admit: (admission) => inner.admit(changed(admission, { kind: 'idempotency' })),
  }),

  /** One key, two requests: the second is shown the answer of the first. */
  'any-body': (inner) => ({
    admit: (admission) => inner.admit(changed(admission, { bodyHash: '' })),
  }),

  /** A failure that a retry could mend is shown to every retry. */
  'sticky-failure': (inner) => ({
    finish(claim, last, end) {
      const { error } = end.terminal
      if (error === null) return inner.finish(claim, last, end)
      const terminal = { ...end.terminal, error: { ...error, retryable: false } }
      return inner.finish(claim, last, { ...end, terminal })
    },
  }),

  /** An answer that reached its client is shown to the next call with the same body. */
  'deaf-delivered': () => ({
    delivered: async () => {},
  }),

  /** A further provider call is made before anybody knows of it. */
  'forget-calls': (inner) => ({
    async nextAttempt(claim) {
      return inner.append(claim, [])
    },
  }),

  /** Calls of dead holders are in no bill. */
  'lose-unconfirmed': (inner) => ({
    takeUsage: (handler, options) =>
      inner.takeUsage(
        (records) =>
          handler(
            records.map((record) => ({
              ...record,
              calls: record.calls.filter(({ state }) => state !== 'unconfirmed'),
            })),
          ),
        options,
      ),
  }),

  /** What a dead holder had published costs nothing. */
  'free-when-lost': (inner) => ({
    takeUsage: (handler, options) =>
      inner.takeUsage(
        (records) =>
          handler(
            records.map((record) =>
              record.error_code === 'upstream_lost' ? { ...record, amount_nano_usd: 0 } : record,
            ),
          ),
        options,
      ),
  }),

  /** A refused admission takes its charges all the same. */
  'leaky-charge': (inner) => {
    const leaked = new Map<string, number>()
    return {
      async admit(admission) {
        const outcome = await inner.admit(admission)
        if (!outcome.ok)
          for (const { counter, amount } of admission.charges)
            leaked.set(counter, (leaked.get(counter) ?? 0) + amount)
        return outcome
      },
      async readCounts(tenantId, counters) {
        const counts = await inner.readCounts(tenantId, counters)
        return counts.map((count, index) => {
          const more = leaked.get(counters[index] ?? '') ?? 0
          return more === 0 ? count : { used: 0, ...count, reserved: (count?.reserved ?? 0) + more }
        })
      },
    }
  },

  /** Whether there is room is asked for first, and taken afterwards: two that ask at once both get the last place. */
  'check-then-take': (inner) => ({
    async admit(admission) {
      const { caller } = admission.request
      const names = admission.charges.map(({ counter }) => counter)
      const counts = await inner.readCounts(caller.tenantId, names)
      const charges = admission.charges.filter(({ max, amount }, index) => {
        const { used, reserved } = counts[index] ?? { used: 0, reserved: 0 }
        return used + reserved + amount > max
      })
      if (charges.length > 0) return inner.admit(admission)
      const unbounded = admission.charges.map((charge) => ({ ...charge, max: 2 ** 40 }))
      return inner.admit({ ...admission, charges: unbounded })
    },
  }),

  /** Charges are taken one by one, as far as they fit. */
  'partial-charge': (inner) => ({
    async admit(admission) {
      const outcome = await inner.admit(admission)
      if (outcome.ok || outcome.excess === undefined) return outcome
      const over = new Set(outcome.excess.map(({ charge }) => charge))
      const { request } = admission
      await inner.admit({
        ...admission,
        request: {
          ...request,
          id: inPlaceOf(newRequestId(request.acceptedAt), request.caller.tenantId),
        },
        charges: admission.charges.filter((_, index) => !over.has(index)),
      })
      return outcome
    },
  }),

  /** What was reserved by estimate stays what the call cost. */
  'settle-by-estimate': (inner) => {
    const charged = new Map<RequestId, Admission['charges']>()
    const estimated = (id: RequestId, end: End): End => {
      const charges = charged.get(id) ?? []
      const of = (metric: string) => charges.find((charge) => charge.metric === metric)?.amount
      const { usage } = end
      const tokens = of('tokens')
      return {
        ...end,
        usage: {
          ...usage,
          amount_nano_usd: of('cost') ?? usage.amount_nano_usd,
          ...(tokens === undefined ? {} : { input_tokens: tokens, output_tokens: 0 }),
        },
      }
    }
    return {
      admit(admission) {
        charged.set(admission.request.id, admission.charges)
        return inner.admit(admission)
      },
      finish: (claim, last, end) => inner.finish(claim, last, estimated(claim.id, end)),
    }
  },

  /** A repetition that joins a generation pays for it again. */
  'attached-charge': (inner) => ({
    async admit(admission) {
      const outcome = await inner.admit(admission)
      if (!outcome.ok || !outcome.attached) return outcome
      await inner.admit({ ...admission, attach: null })
      return outcome
    },
  }),

  /** A counter that nobody knows begins at 0, whatever the ledger says. */
  'unseeded-is-zero': (inner) => ({
    admit: (admission) =>
      inner.admit({
        ...admission,
        charges: admission.charges.map((charge) => ({ ...charge, durable: false })),
      }),
  }),

  /** A seed replaces what was counted since. */
  'seed-overwrites': (inner) => {
    const lowered = new Map<string, number>()
    return {
      async seedCounts(tenantId, seeds) {
        for (const { counter, used } of seeds) lowered.set(counter, used)
        return inner.seedCounts(tenantId, seeds)
      },
      async readCounts(tenantId, counters) {
        const counts = await inner.readCounts(tenantId, counters)
        return counts.map((count, index) => {
          const used = lowered.get(counters[index] ?? '')
          return count === null || used === undefined ? count : { ...count, used }
        })
      },
    }
  },

  /** A log that was kept too short a time for its reader looks as if it had never been. */
  'silent-expiry': (inner) => ({
    async read(id, after, maxBytes): Promise<ReadOutcome> {
      const outcome = await inner.read(id, after, maxBytes)
      return outcome.ok || outcome.refusal !== 'expired'
        ? outcome
        : { ok: false, refusal: 'unknown' }
    },
  }),

  /** A holder that leaves gives away what a client has already seen a part of. */
  'release-published': (inner) => ({
    async release(claim) {
      const outcome = await inner.release(claim)
      return outcome.ok || outcome.refusal !== 'state' ? outcome : { ok: true, cursor: null }
    },
  }),

  /** More is handed to a worker than it asked for. */
  greedy: (inner) => ({
    takeDispatches: (pool, handler) => inner.takeDispatches(pool, handler, { concurrency: 1_000 }),
  }),
} satisfies Record<string, Fault>

export type FaultName =
  | keyof typeof faults
  | 'no-heartbeat'
  | 'endless-retry'
  | 'first-come'
  | 'all-the-room'

/** The memory adapter with one thing wrong. */
export function withFault(options: MemoryGenerationsOptions, fault: FaultName): Generations {
  // Those that are a matter of settings: leases that nobody renews, poison that is never given up, one line for all, a line without a bound.
  if (fault === 'no-heartbeat') return createMemoryGenerations({ ...options, renewLeases: false })
  if (fault === 'endless-retry') {
    const timing = { ...options.timing, maxDeliveries: Number.MAX_SAFE_INTEGER }
    return createMemoryGenerations({ ...options, timing })
  }
  if (fault === 'first-come')
    return createMemoryGenerations({
      ...options,
      timing: { ...options.timing, sharedQueue: 10_000 },
    })
  if (fault === 'all-the-room')
    return createMemoryGenerations({
      ...options,
      timing: { ...options.timing, maxWaiting: 10_000 },
    })
  const inner = createMemoryGenerations(options)
  return { ...delegateTo(inner), ...faults[fault](inner) }
}

function delegateTo(inner: Generations): Generations {
  return {
    adapter: inner.adapter,
    timing: inner.timing,
    admit: (admission) => inner.admit(admission),
    route: (id, plan) => inner.route(id, plan),
    reject: (id, end) => inner.reject(id, end),
    claim: (id, onRevoked) => inner.claim(id, onRevoked),
    append: (claim, entries) => inner.append(claim, entries),
    nextAttempt: (claim, target) => inner.nextAttempt(claim, target),
    release: (claim) => inner.release(claim),
    finish: (claim, last, end) => inner.finish(claim, last, end),
    delivered: (id) => inner.delivered(id),
    cancel: (id, reason) => inner.cancel(id, reason),
    attend: (id) => inner.attend(id),
    leave: (id, graceMs) => inner.leave(id, graceMs),
    reap: () => inner.reap(),
    takeRequests: (handler, options) => inner.takeRequests(handler, options),
    takeDispatches: (pool, handler, options) => inner.takeDispatches(pool, handler, options),
    takeUsage: (handler, options) => inner.takeUsage(handler, options),
    describe: (id) => inner.describe(id),
    read: (id, after, maxBytes) => inner.read(id, after, maxBytes),
    tail: (id, options) => inner.tail(id, options),
    depths: () => inner.depths(),
    seedCounts: (tenantId, seeds) => inner.seedCounts(tenantId, seeds),
    readCounts: (tenantId, counters) => inner.readCounts(tenantId, counters),
    ping: () => inner.ping(),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

function changed(admission: Admission, change: Partial<Attach>): Admission {
  const { attach } = admission
  return { ...admission, attach: attach === null ? null : { ...attach, ...change } }
}

/** Changes what `read` and `tail` hand over. */
function readingThrough(
  inner: Generations,
  change: (id: RequestId, entries: readonly LogEntry[]) => readonly LogEntry[],
): Partial<Generations> {
  return {
    async read(id, after, maxBytes) {
      const outcome = await inner.read(id, after, maxBytes)
      return outcome.ok ? { ok: true, entries: change(id, outcome.entries) } : outcome
    },
    tail(id, options): Tail {
      const tail = inner.tail(id, options)
      return {
        async next() {
          const entries = await tail.next()
          return entries === null ? null : change(id, entries)
        },
        [Symbol.dispose]() {
          tail[Symbol.dispose]()
        },
      }
    },
  }
}
