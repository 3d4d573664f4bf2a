import type { Percentiles } from './protocol.ts'

/** Measured values of one window; grows by doubling, so that recording one allocates nothing. */
export class Samples {
  #values = new Float64Array(1_024)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(value: number): void {
    if (this.#size === this.#values.length) {
      const larger = new Float64Array(this.#size * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#size] = value
    this.#size += 1
  }

  clear(): void {
    this.#size = 0
  }

  percentiles(): Percentiles {
    const sorted = this.#values.slice(0, this.#size).sort()
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 }
  }
}
