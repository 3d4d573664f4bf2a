import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stopAllChildren } from './child.ts'
import { startLoadGenerator } from './load-generator.ts'
import { describeMachine } from './machine.ts'
import { readOptions, usage, type BenchOptions } from './options.ts'
import { formatReport } from './report.ts'
import type { BenchResults } from './results.ts'
import { runBench } from './run-bench.ts'
import { startUpstream } from './upstream.ts'
import { answerHelp } from '../usage.ts'

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Rejects at the first signal, so that everything that was started is ended; the second one ends us at once. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        reject(new Error(`ended by ${signal}`))
      })
    }
  })
}

async function bench(options: BenchOptions): Promise<BenchResults> {
  const machine = describeMachine()
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice-bench')
  mkdirSync(cacheDir, { recursive: true })
  try {
    await using upstream = await startUpstream(options.upstreamPort)
    await using generator = startLoadGenerator()
    const profileDir = options.profileDir === null ? null : resolve(options.profileDir)
    const context = { upstreamPort: upstream.port, dir, cacheDir, profileDir }
    const run = runBench({ options, context, generator, machine, say })
    run.catch(() => undefined) // after an interrupt nobody waits for it
    return await Promise.race([run, interrupted()])
  } finally {
    await stopAllChildren()
    rmSync(dir, { recursive: true, force: true })
  }
}

answerHelp(usage)
let options: BenchOptions
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  say(`${Error.isError(error) ? error.message : String(error)}\n\n${usage}`)
  process.exit(2)
}
let results: BenchResults
try {
  results = await bench(options)
} catch (error) {
  say(Error.isError(error) ? error.message : String(error))
  process.exit(1)
}
const file = options.json ?? join(mkdtempSync(join(tmpdir(), 'sluice-bench-')), 'bench.json')
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(`${formatReport(results)}\n`)
say(`figures: ${file}`)
process.exitCode = results.failures.length > 0 ? 1 : 0
