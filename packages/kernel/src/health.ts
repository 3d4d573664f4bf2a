import type { Clock, Timer } from './clock.ts'
import { messageOf } from './errors.ts'
import { version } from './version.ts'

export interface Check {
  readonly name: string
  /** A required check that fails makes the process not ready; an optional one makes it `degraded`. */
  readonly required: boolean
  /** Resolves when the dependency answers. */
  readonly probe: () => Promise<void>
}

export interface CheckResult {
  readonly name: string
  readonly required: boolean
  readonly ok: boolean
  readonly latency_ms: number
  readonly error?: string
}

export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'unavailable' | 'starting' | 'draining'
  readonly version: string
  readonly uptime_s: number
  /** Which adapter serves each port: `{ generations: 'redis', … }`. */
  readonly adapters: Readonly<Record<string, string>>
  readonly checks: readonly CheckResult[]
}

/** What one service knows of others beyond being ready itself: served beside `/readyz`, at `/health/<name>`. */
export interface HealthReport {
  /** JSON. */
  read(): unknown
  /** By an operator: what is held against `subject` is forgotten. False when nothing is known of it. */
  reset(subject: string): boolean
}

export interface HealthOptions {
  readonly clock: Clock
  readonly intervalMs: number
  readonly timeoutMs: number
}

/**
 * What `/readyz` answers from. Not ready until every required check has passed once (a process that has not looked yet knows nothing);
 * checks run in the background, so the answer never waits for a dependency.
 */
export class HealthRegistry implements Disposable {
  readonly #options: HealthOptions
  readonly #madeAt: number
  readonly #checks = new Map<string, Check>()
  readonly #results = new Map<string, CheckResult>()
  readonly #reports = new Map<string, HealthReport>()
  readonly #adapters: Record<string, string> = {}
  #timer: Timer | null = null
  #started = false
  #draining = false

  constructor(options: HealthOptions) {
    this.#options = options
    this.#madeAt = options.clock.monotonic()
  }

  /** The same name is one check: when two services of one process need a store, it is required if either says so. */
  add(check: Check): void {
    const known = this.#checks.get(check.name)
    this.#checks.set(check.name, known?.required ? { ...check, required: true } : check)
  }

  addReport(name: string, report: HealthReport): void {
    this.#reports.set(name, report)
  }

  report(name: string): HealthReport | undefined {
    return this.#reports.get(name)
  }

  setAdapter(port: string, adapter: string): void {
    this.#adapters[port] = adapter
  }

  /** Runs every check once, then repeats in the background. */
  async start(): Promise<void> {
    await this.runChecks()
    this.#started = true
    this.#timer = this.#options.clock.every(this.#options.intervalMs, () => {
      void this.runChecks()
    })
  }

  drain(): void {
    this.#draining = true
  }

  get draining(): boolean {
    return this.#draining
  }

  async runChecks(): Promise<void> {
    await Promise.all([...this.#checks.values()].map((check) => this.#run(check)))
  }

  async #run(check: Check): Promise<void> {
    const { clock, timeoutMs } = this.#options
    const { name, required } = check
    const start = clock.monotonic()
    const { promise: timeout, reject } = Promise.withResolvers<never>()
    const timer = clock.after(timeoutMs, () => {
      reject(new Error(`no answer within ${String(timeoutMs)} ms`))
    })
    let error: string | undefined
    try {
      await Promise.race([check.probe(), timeout])
    } catch (thrown) {
      error = messageOf(thrown)
    } finally {
      timer.cancel()
    }
    const latency_ms = Math.round(clock.monotonic() - start)
    const ok = error === undefined
    this.#results.set(name, {
      name,
      required,
      ok,
      latency_ms,
      ...(error === undefined ? {} : { error }),
    })
  }

  readiness(): Readiness {
    const checks = [...this.#checks.values()].map(
      ({ name, required }) =>
        this.#results.get(name) ?? {
          name,
          required,
          ok: false,
          latency_ms: 0,
          error: 'not checked yet',
        },
    )
    return {
      status: this.#status(checks),
      version,
      uptime_s: Math.floor((this.#options.clock.monotonic() - this.#madeAt) / 1_000),
      adapters: { ...this.#adapters },
      checks,
    }
  }

  #status(checks: readonly CheckResult[]): Readiness['status'] {
    if (this.#draining) return 'draining'
    if (!this.#started) return 'starting'
    if (checks.some((check) => check.required && !check.ok)) return 'unavailable'
    return checks.every((check) => check.ok) ? 'ok' : 'degraded'
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
  }
}

/** 200 while the process can serve (possibly degraded), 503 otherwise. */
export function readinessStatus(readiness: Readiness): number {
  return readiness.status === 'ok' || readiness.status === 'degraded' ? 200 : 503
}
