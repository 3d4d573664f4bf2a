import { monotonicMicros, nonceDigits } from '../marker.ts'
import { PlainCheck, StreamCheck, type AnswerCheck } from './answer-check.ts'
import { Connection } from './connection.ts'
import { Prompt, type PromptOptions } from './prompt.ts'
import type { LoadResult } from './protocol.ts'
import { Samples } from './samples.ts'

const maxFailureSamples = 5

/** What one window measured. */
export class Tally {
  readonly latency = new Samples()
  readonly firstPart = new Samples()
  readonly partDelay = new Samples()
  readonly failureSamples: string[] = []
  requests = 0
  parts = 0
  failures = 0

  fail(problem: string): void {
    this.failures += 1
    if (this.failureSamples.length < maxFailureSamples) this.failureSamples.push(problem)
  }

  clear(): void {
    this.latency.clear()
    this.firstPart.clear()
    this.partDelay.clear()
    this.failureSamples.length = 0
    this.requests = 0
    this.parts = 0
    this.failures = 0
  }

  result(seconds: number): LoadResult {
    return {
      requests: this.requests,
      seconds,
      parts: this.parts,
      latency: this.latency.percentiles(),
      firstPart: this.firstPart.percentiles(),
      partDelay: this.partDelay.percentiles(),
      failures: this.failures,
      failureSamples: this.failureSamples,
    }
  }
}

let lastNonce = 0

/** A connection with its own copy of the request; one exchange after the other, recorded in the tally. */
export class Lane {
  readonly connection: Connection
  readonly #prompt: Prompt
  readonly #tokens: number
  readonly #tally: Tally

  constructor(options: PromptOptions, tally: Tally) {
    this.connection = new Connection(options.endpoint)
    this.#prompt = new Prompt(options)
    this.#tokens = options.tokens
    this.#tally = tally
  }

  /** `since`: µs from which the latency counts, now unless the request had to wait for this lane. */
  exchange(onDone: (ok: boolean) => void, since = monotonicMicros()): void {
    lastNonce += 1
    const nonce = String(lastNonce).padStart(nonceDigits, '0')
    this.#prompt.number(nonce)
    const tally = this.#tally
    const stream =
      this.#tokens > 0
        ? new StreamCheck(nonce, this.#tokens, {
            firstPart: tally.firstPart,
            partDelay: tally.partDelay,
            sentAt: since,
          })
        : null
    const check: AnswerCheck = stream ?? new PlainCheck(nonce)
    this.connection.send(this.#prompt.bytes, {
      check,
      onDone: (problem) => {
        if (problem === null) {
          tally.latency.add(monotonicMicros() - since)
          tally.requests += 1
          tally.parts += stream?.parts ?? 0
        } else tally.fail(problem)
        onDone(problem === null)
      },
    })
  }
}
