import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type Program, startProgram } from '../processes/program.ts'
import { waitUntilReady } from '../processes/wait-until-ready.ts'

const restartDelayMs = 1_000

/** Keeps one program running: whenever it ends, whatever its exit code, it is started again a second later, until it is stopped. */
export class Supervised {
  readonly program: Program
  readonly #onReplaced: () => void
  #child: ChildProcess | null = null
  #restart: NodeJS.Timeout | null = null
  #stopping = false

  constructor(program: Program, onReplaced: () => void) {
    this.program = program
    this.#onReplaced = onReplaced
  }

  /** The process that runs now, or the last one while the next is waited for. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when it serves; rejects when its first process did not get there. */
  async start(timeoutMs: number): Promise<void> {
    await waitUntilReady(this.program, this.#spawn(), timeoutMs)
  }

  #spawn(): ChildProcess {
    const child = startProgram(this.program)
    this.#child = child
    let ended = false
    const onEnd = () => {
      if (ended || this.#stopping) return
      ended = true // a program that cannot be spawned has an `error` and perhaps no `exit`
      this.#restart = setTimeout(() => {
        this.#spawn()
        this.#onReplaced()
      }, restartDelayMs)
    }
    child.once('exit', onEnd)
    child.on('error', onEnd)
    return child
  }

  /** Sends the signal that ends it in good order, and SIGKILL after `timeoutMs`. Resolves when it is gone. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping = true
    if (this.#restart) clearTimeout(this.#restart)
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(this.program.stopSignal)
    const lastResort = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    await gone
    clearTimeout(lastResort)
  }

  /** No good order: for a second Ctrl-C. */
  kill(): void {
    this.#stopping = true
    if (this.#restart) clearTimeout(this.#restart)
    this.#child?.kill('SIGKILL')
  }
}
