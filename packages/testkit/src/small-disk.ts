import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own, small enough to be filled. It is in memory; what is on it is gone when it is disposed. */
export interface SmallDisk extends Disposable {
  readonly path: string
  /** Takes all the room that is left; again, what has become free since. */
  fill(): void
  /** Gives it back. */
  free(): void
}

let problem: string | null | undefined

/** Why no disk can be mounted here; null when one can. */
export function whyNoSmallDisk(): string | null {
  if (problem !== undefined) return problem
  try {
    using _disk = mountSmallDisk(1)
    problem = null
  } catch (error) {
    const said = Error.isError(error) ? error.message : String(error)
    problem = `no file system can be mounted here (${said}): run it as root on Linux`
  }
  return problem
}

/** Mounts it on an empty folder, by default one of its own. */
export function mountSmallDisk(
  megabytes: number,
  path: string = mkdtempSync(join(tmpdir(), 'sluice-disk-')),
): SmallDisk {
  mkdirSync(path, { recursive: true })
  try {
    const size = `size=${String(megabytes)}m,mode=1777`
    run('mount', '-t', 'tmpfs', '-o', size, 'sluice-test', path)
  } catch (error) {
    rmdirSync(path)
    throw error
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill() {
      const file = openSync(ballast, 'a')
      // Down to the last byte: a page that is taken in part could still be written to.
      for (const bytes of [1024 * 1024, 4096, 1]) writeUntilFull(file, Buffer.alloc(bytes))
      closeSync(file)
    },
    free() {
      rmSync(ballast, { force: true })
    },
    [Symbol.dispose]() {
      // Whoever still has a file open there keeps it until its end.
      run('umount', '--lazy', path)
      rmdirSync(path)
    },
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    for (;;) if (writeSync(file, chunk) < chunk.length) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(stderr.trim())
}
