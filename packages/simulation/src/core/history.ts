import { createHash } from 'node:crypto'
import type { Scheduler } from './scheduler.ts'

/** What happened in a run, in order: hashed always, kept only when somebody wants to read it. */
export class History {
  readonly lines: string[] = []
  readonly #scheduler: Scheduler
  readonly #keep: boolean
  readonly #hash = createHash('sha256')
  /** Of the hash, not yet in it: a call for each line costs more than the line. */
  #pending = ''

  constructor(scheduler: Scheduler, keep: boolean) {
    this.#scheduler = scheduler
    this.#keep = keep
  }

  add(who: string, what: string): void {
    const line = `${this.#scheduler.now.toFixed(3)} ${who} ${what}`
    this.#pending += `${line}\n`
    if (this.#pending.length > 65_536) this.#flush()
    if (this.#keep) this.lines.push(line)
  }

  /** Equal for equal runs; asked for once, at the end. */
  digest(): string {
    this.#flush()
    return this.#hash.digest('hex').slice(0, 16)
  }

  #flush(): void {
    this.#hash.update(this.#pending)
    this.#pending = ''
  }
}
