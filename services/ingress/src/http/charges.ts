import { globMatcher } from '@sluice/catalogue/glob'
import type { Access } from '@sluice/contracts/access'
import type { Limit } from '@sluice/contracts/limits'
import type { ListedModel } from '@sluice/contracts/rpc/router'
import type { Charge } from '@sluice/generations'
import { estimateCost } from '@sluice/kernel/cost'
import { counterName, type TimeWindow, windowOf } from '@sluice/kernel/window-of'

/** What is known of a call before it is admitted. */
export interface CallFacts {
  readonly model: string
  readonly inputTokens: number
  /** Null: the caller says nothing of it. */
  readonly maxTokens: number | null
}

/** A limit as one call counts against it; in the order of the charges. */
export interface Counted {
  readonly limit: Limit
  readonly window: TimeWindow | null
}

export interface Charges {
  readonly charges: readonly Charge[]
  readonly counted: readonly Counted[]
}

export const noCharges: Charges = Object.freeze({ charges: [], counted: [] })

/** Answers of calls that set no limit of their own are reserved as so long, tokens, where no better is known. */
const assumedTokens = { tokens: 1_024, cost: 4_096 }

interface CompiledLimit {
  readonly limit: Limit
  readonly counts: ((model: string) => boolean) | null
  /** Of the last call: the next one is most often in it, too. */
  window: TimeWindow | null
  counter: string
}

interface CompiledLimits {
  readonly limits: readonly CompiledLimit[]
  /** Some of them ask what a model costs, or whether there is such a model. */
  readonly needModel: boolean
}

/** Compiled once per verdict: a cached verdict hands out the same access object every time. */
const compiled = new WeakMap<Access, CompiledLimits>()

export function compiledLimits(access: Access): CompiledLimits {
  let known = compiled.get(access)
  if (known === undefined) compiled.set(access, (known = compile(access)))
  return known
}

function compile({ limits }: Access): CompiledLimits {
  return {
    limits: limits.map((limit) => ({
      limit,
      counts: limit.models === null ? null : globMatcher(limit.models),
      window: null,
      counter: counterName(limit.id, null),
    })),
    needModel: limits.some(({ metric, scope }) => metric === 'cost' || scope === 'model'),
  }
}

/** `listed`: undefined where nobody lists it; asked for only where `needModel` says so. */
export function chargesOf(
  { limits }: CompiledLimits,
  facts: CallFacts,
  listed: ListedModel | undefined,
  now: number,
): Charges {
  const charges: Charge[] = []
  const counted: Counted[] = []
  for (const each of limits) {
    const { limit } = each
    if (each.counts !== null && !each.counts(facts.model)) continue
    // What costs nothing passes a budget, also a spent one.
    if (limit.metric === 'cost' && listed !== undefined && listed.price === null) continue
    // The router will refuse it: names that callers invent are not counted.
    if (limit.scope === 'model' && listed === undefined) continue
    if (limit.window !== null) moveTo(each, limit, now)
    const { window, counter } = each
    const own = limit.scope === 'model' ? ofModel(limit, facts.model) : limit
    charges.push({
      counter: own === limit ? counter : counterName(own.id, window),
      metric: limit.metric,
      max: limit.max,
      amount: amountOf(limit, facts, listed),
      endsAt: window?.endsAt ?? null,
      durable: limit.durable,
    })
    counted.push({ limit: own, window })
  }
  return { charges, counted }
}

function moveTo(each: CompiledLimit, { id, window }: Limit, now: number): void {
  const known = each.window
  if (known !== null && now >= known.startsAt && now < (known.endsAt ?? Infinity)) return
  each.window = window === null ? null : windowOf(window, now)
  each.counter = counterName(id, each.window)
}

/** Each model has a count of its own. */
function ofModel(limit: Limit, model: string): Limit {
  return { ...limit, id: `${limit.id}:${model}`, models: [model] }
}

function amountOf(
  { metric }: Limit,
  { inputTokens, maxTokens }: CallFacts,
  listed: ListedModel | undefined,
): number {
  if (metric === 'tokens') return whole(inputTokens) + whole(maxTokens ?? assumedTokens.tokens)
  if (metric !== 'cost') return 1
  // Nobody lists it: what it costs is counted at its end, and a budget that is spent stops it all the same.
  return listed === undefined ? 0 : estimateOf({ inputTokens, maxTokens }, listed)
}

/** What a call to this model costs at most, as far as it can be told: nano-USD. */
export function estimateOf(
  { inputTokens, maxTokens }: Pick<CallFacts, 'inputTokens' | 'maxTokens'>,
  { price, maxOutputTokens }: ListedModel,
): number {
  const longest = maxTokens ?? maxOutputTokens ?? assumedTokens.cost
  return estimateCost(price, inputTokens, longest)
}

/** Callers may ask for any number of tokens: what is more than any model gives is more than any limit has. */
function whole(tokens: number): number {
  return Math.min(Math.ceil(tokens), 1_000_000_000)
}
