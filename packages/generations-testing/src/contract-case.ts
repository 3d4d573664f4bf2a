import type { Generations, GenerationsTiming } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'

/** One back end, fresh and empty, with two processes on it. */
export interface Harness extends AsyncDisposable {
  readonly generations: Generations
  /** Another process on the same store; where there can be only one, the same object. */
  readonly peer: Generations
  /** The back end's own time, as far as the adapter knows it. */
  readonly clock: Clock
  readonly timing: GenerationsTiming
  /** Lets time pass: a fake clock is moved, a real one waited for. */
  advance(ms: number): Promise<void>
}

export interface HarnessOptions {
  readonly timing?: Partial<GenerationsTiming>
  /** `false`: no heartbeat is ever sent, so every claim runs out as if its holder had been frozen. */
  readonly renewLeases?: boolean
}

export type CreateHarness = (options: HarnessOptions) => Promise<Harness>

/** Runs under any test runner or none: passes by resolving, fails by rejecting. */
export interface ContractCase {
  readonly name: string
  readonly options?: HarnessOptions
  readonly run: (harness: Harness) => Promise<void>
}

/** Short, for adapters that live in real time; long enough that a busy machine does not lose a lease by accident. */
export const contractTiming: GenerationsTiming = Object.freeze({
  heartbeatMs: 60,
  leaseMs: 300,
  maxDeliveries: 3,
  retentionMs: 60_000,
  idempotencyMs: 60_000,
  retryWindowMs: 60_000,
  maxWaiting: 1_000,
  sharedQueue: 256,
  lostReaderGraceMs: 400,
})
