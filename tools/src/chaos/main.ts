import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { messageOf } from '@sluice/kernel/errors'
import { whyNoSmallDisk } from '@sluice/testkit/small-disk'
import { check } from './check/check.ts'
import { evidenceFiles, readEvidence } from './check/evidence.ts'
import { formatReport } from './check/report.ts'
import { type ChaosOptions, readChaosOptions, usage } from './options.ts'
import { runChaos } from './run-chaos.ts'
import { answerHelp } from '../usage.ts'

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}

/** The number of violations. */
async function chaos(options: ChaosOptions, signal: AbortSignal): Promise<number> {
  const dir =
    options.dir === null ? mkdtempSync(join(tmpdir(), 'sluice-chaos-')) : resolve(options.dir)
  const missing = options.rows?.includes('FM45') ? whyNoSmallDisk() : null
  if (missing !== null) say(`FM45 is left out: ${missing}`)
  const rows = missing === null ? options.rows : (options.rows ?? []).filter((id) => id !== 'FM45')
  const files = options.checkOnly
    ? evidenceFiles(dir, [])
    : await runChaos({ ...options, rows }, dir, signal, say)
  const evidence = readEvidence(files)
  const violations = check(evidence)
  process.stdout.write(`${formatReport(evidence, violations)}\n\nevidence: ${dir}\n`)
  return violations.length
}

answerHelp(usage)
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop.abort(new Error(`ended by ${signal}`))
  })

let options: ChaosOptions
try {
  options = readChaosOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n\n${usage}\n`)
  process.exit(2)
}
chaos(options, stop.signal).then(
  (violations) => process.exit(violations > 0 ? 1 : 0),
  (error: unknown) => {
    process.stderr.write(
      `${Error.isError(error) ? (error.stack ?? error.message) : String(error)}\n`,
    )
    process.exit(1)
  },
)
