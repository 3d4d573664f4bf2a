import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** How a process is started, again and again with the same result: same ports, same data. */
export interface Program {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Whom it runs as, where we are root and it refuses to be. */
  readonly user?: SystemUser
  /** Both output streams, appended. */
  readonly logFile: string
  /** What ends it in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** Resolves when the process serves; rejects as long as it does not. */
  readonly ready: () => Promise<void>
}

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

/** Starts it in a process group of its own: a Ctrl-C in our terminal is ours to hand on, in the right order. */
export function startProgram(program: Program): ChildProcess {
  mkdirSync(dirname(program.logFile), { recursive: true })
  const log = openSync(program.logFile, 'a')
  try {
    return spawn(program.command, program.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...program.env },
      ...program.user,
    })
  } finally {
    closeSync(log)
  }
}
