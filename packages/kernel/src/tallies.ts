import { Counter, type Metric, type Registry } from 'prom-client'

export interface Tally {
  inc(by?: number): void
}

interface PendingTally extends Tally {
  readonly labels: Record<string, string>
  pending: number
}

export interface TalliesOptions<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly registry: Registry
}

/**
 * A counter for the request path: adding to one of its children is adding a number, and prom-client hears the sum when it is scraped. Its own
 * children hash their labels again at every increment, which at ten of them per request costs more than routing it.
 */
export function tallies<Label extends string>({
  name,
  help,
  labelNames,
  registry,
}: TalliesOptions<Label>): (labels: Record<Label, string>) => Tally {
  const children: PendingTally[] = []
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const child of children) {
        this.inc(child.labels as Record<Label, string>, child.pending)
        child.pending = 0
      }
    },
  })
  return (labels) => {
    const child: PendingTally = {
      labels,
      pending: 0,
      inc(by = 1) {
        this.pending += by
      },
    }
    children.push(child)
    return child
  }
}

export interface Distribution {
  observe(value: number): void
}

export interface DistributionOptions {
  readonly name: string
  readonly help: string
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[]
  readonly registry: Registry
}

/** A histogram for the request path, as `tallies` is for counters: children are made once per set of labels, and exported as prom-client's. */
export function distributions<Label extends string>({
  name,
  help,
  buckets,
  registry,
}: DistributionOptions): (labels: Record<Label, string>) => Distribution {
  const children: Child[] = []
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: () =>
      Promise.resolve({ ...metric, values: children.flatMap((child) => child.values(name)) }),
    reset() {
      for (const child of children) child.reset()
    },
  }
  registry.registerMetric(metric as unknown as Metric)
  return (labels) => {
    const child = new Child(labels, buckets)
    children.push(child)
    return child
  }
}

class Child implements Distribution {
  readonly #labels: Record<string, string>
  readonly #buckets: readonly number[]
  /** Per bucket, not cumulative; the last one is for what lies above all bounds. */
  readonly #counts: number[]
  #sum = 0

  constructor(labels: Record<string, string>, buckets: readonly number[]) {
    this.#labels = labels
    this.#buckets = buckets
    this.#counts = Array.from({ length: buckets.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.#buckets.length && value > (this.#buckets[bucket] as number)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sum += value
  }

  values(name: string) {
    const labels = this.#labels
    let count = 0
    const cumulative = this.#counts.map((inBucket, index) => {
      count += inBucket
      const le = index < this.#buckets.length ? String(this.#buckets[index]) : '+Inf'
      return { labels: { le, ...labels }, value: count, metricName: `${name}_bucket` }
    })
    return [
      ...cumulative,
      { labels, value: this.#sum, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ]
  }

  reset(): void {
    this.#counts.fill(0)
    this.#sum = 0
  }
}
