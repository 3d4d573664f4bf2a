import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export interface ChildOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** stdout and stderr go there: what a gateway logs is part of its cost, and nobody else has to read it. */
  readonly logFile: string
  /** How long it may take after SIGTERM before SIGKILL. */
  readonly stopMs?: number
}

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Throws when the process ended. */
  readonly assertRunning: () => void
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Every child that was started and not yet disposed: what an interrupted run has to end. */
const running = new Set<Child>()

export async function stopAllChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child[Symbol.asyncDispose]()))
}

export function startChild(options: ChildOptions): Child {
  const log = openSync(options.logFile, 'a')
  const child = spawn(options.program, options.args, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let failure: Error | null = null
  child.on('error', (error) => {
    failure = error
  })
  const exited = once(child, 'exit')
  exited.catch(() => undefined)
  const started: Child = {
    pid: child.pid ?? 0,
    assertRunning() {
      if (failure === null && !hasEnded(child)) return
      const tail = readFileSync(options.logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
      throw new Error(`${options.program} ended (${String(child.exitCode ?? failure)}):\n${tail}`)
    },
    async [Symbol.asyncDispose]() {
      running.delete(started)
      if (child.pid === undefined || hasEnded(child)) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), options.stopMs ?? 5_000)
      await exited
      clearTimeout(timer)
    },
  }
  running.add(started)
  return started
}

/** Polls until `check` is true; throws when `assertRunning` does or when the time is over. */
export async function until(
  what: string,
  timeoutMs: number,
  check: () => boolean | Promise<boolean>,
  assertRunning: () => void = () => undefined,
  pollMs = 50,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await check())) {
    assertRunning()
    if (performance.now() > deadline) throw new Error(`${what}: not within ${String(timeoutMs)} ms`)
    await delay(pollMs)
  }
}
