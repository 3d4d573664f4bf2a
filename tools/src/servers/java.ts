import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath } from './find-program.ts'

/** What Kafka 4 asks for. */
const oldestMajor = 17

/** A Java that is new enough: the one that JAVA_HOME names, else the one on the PATH. */
export function findJava(): string | null {
  const home = process.env['JAVA_HOME']
  const candidates = [home ? join(home, 'bin', 'java') : null, findOnPath('java')]
  for (const file of candidates) {
    if (file === null || !existsSync(file)) continue
    const { stderr } = spawnSync(file, ['-version'], { encoding: 'utf8' })
    if (Number(/version "(\d+)/.exec(stderr)?.[1]) >= oldestMajor) return file
  }
  return null
}
