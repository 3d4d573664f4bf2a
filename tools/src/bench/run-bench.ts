import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadGenerator } from './load-generator.ts'
import type { Machine } from './machine.ts'
import { measure } from './measure.ts'
import type { BenchOptions, SetupName } from './options.ts'
import type { BenchResults } from './results.ts'
import { scenarios, warmUpJobs } from './scenarios.ts'
import { bareNodeCommand, measureColdStart, type Startable } from './sections/cold-start.ts'
import { measureMemory } from './sections/memory.ts'
import { countRedisCalls } from './sections/redis-calls.ts'
import { Unavailable, type RunningSetup, type Setup, type SetupContext } from './setup.ts'
import { bare } from './setups/bare.ts'
import { cluster } from './setups/cluster.ts'
import { embedded, embeddedCommand } from './setups/embedded.ts'
import { nginx } from './setups/nginx.ts'
import { portkey, portkeyCommand } from './setups/portkey.ts'
import { translatedModel } from './setups/sluice.ts'
import { target } from './setups/target.ts'

export interface BenchRun {
  readonly options: BenchOptions
  readonly context: SetupContext
  readonly generator: LoadGenerator
  readonly machine: Machine
  readonly say: (line: string) => void
}

const setups: Readonly<Record<SetupName, Setup>> = {
  nginx,
  portkey,
  embedded: embedded({ name: 'embedded', ledger: true, title: 'ledger on' }),
  'embedded-no-ledger': embedded({
    name: 'embedded-no-ledger',
    ledger: false,
    title: 'ledger off',
  }),
  'embedded-translated': embedded({
    name: 'embedded-translated',
    ledger: true,
    model: translatedModel,
    title: "chat completions from a provider of Anthropic's dialect",
  }),
  cluster,
}

type Running = Map<string, RunningSetup>

export async function runBench(run: BenchRun): Promise<BenchResults> {
  const { options, machine } = run
  const results: BenchResults = {
    startedAt: new Date().toISOString(),
    machine,
    quick: options.quick,
    rounds: options.rounds,
    setups: [],
    skipped: [],
    scenarios: {},
    memory: [],
    coldStart: [],
    redisCalls: [],
    failures: [],
  }
  await coldStarts(run, results)
  await using stack = new AsyncDisposableStack()
  const running = await startSetups(run, results, stack)
  await warmUp(run, results, running)
  for (let round = 0; round < options.rounds; round++) await playRound(run, results, running, round)
  await redisCalls(run, results, running)
  await memory(run, results, running)
  return results
}

async function startSetups(
  { options, context, say }: BenchRun,
  results: BenchResults,
  stack: AsyncDisposableStack,
): Promise<Running> {
  const running: Running = new Map()
  const chosen = [bare, ...options.only.map((name) => setups[name]), ...options.targets.map(target)]
  for (const setup of chosen) {
    say(`starting ${setup.name}`)
    try {
      const started = stack.use(await setup.start(context))
      running.set(setup.name, started)
      results.setups.push({ name: setup.name, title: started.title })
    } catch (error) {
      const reason = Error.isError(error) ? error.message : String(error)
      results.skipped.push({ name: setup.name, reason })
      if (!(error instanceof Unavailable)) results.failures.push(`${setup.name} did not start`)
      say(`${setup.name} is left out: ${reason}`)
    }
  }
  return running
}

async function warmUp(
  { options, generator, say }: BenchRun,
  results: BenchResults,
  running: Running,
): Promise<void> {
  for (const [name, { endpoint }] of running) {
    say(`warming up ${name}`)
    for (const job of warmUpJobs(endpoint, options.quick)) {
      const warm = await generator.start(job)
      noteFailures(results, `${name}, warm-up`, await warm.go())
    }
  }
}

/** Every set-up, once in every scenario; each round begins with another one, so that none is always first. */
async function playRound(
  { options, generator, say }: BenchRun,
  results: BenchResults,
  running: Running,
  round: number,
): Promise<void> {
  const all = [...running]
  const shift = round % all.length
  const order = [...all.slice(shift), ...all.slice(0, shift)]
  say(`round ${String(round + 1)} of ${String(options.rounds)}`)
  for (const scenario of scenarios) {
    if (options.quick && (scenario.quick === 'never' || (scenario.quick === 'once' && round > 0)))
      continue
    const bySetup = (results.scenarios[scenario.name] ??= {})
    for (const [name, setup] of order) {
      const job = scenario.job(setup.endpoint, options.quick)
      const measurement = await measure(generator, setup, job, scenario.countsCpu)
      noteFailures(results, `${name}, ${scenario.name}`, measurement.load)
      ;(bySetup[name] ??= []).push(measurement)
    }
  }
}

function noteFailures(
  results: BenchResults,
  where: string,
  load: { failures: number; failureSamples: readonly string[] },
): void {
  if (load.failures > 0)
    results.failures.push(
      `${where}: ${String(load.failures)} failures, for instance ${load.failureSamples[0] ?? ''}`,
    )
}

async function redisCalls(
  { options, generator }: BenchRun,
  results: BenchResults,
  running: Running,
): Promise<void> {
  for (const { redisUrl, endpoint } of running.values()) {
    if (redisUrl === undefined) continue
    for (const name of ['plain-c64', 'stream-c64', 'paced-c64'] as const) {
      const scenario = scenarios.find((candidate) => candidate.name === name)
      if (!scenario) continue
      const job = scenario.job(endpoint, options.quick)
      results.redisCalls.push(await countRedisCalls(generator, redisUrl, name, job))
    }
  }
}

/** On fresh processes, where the heap has not grown by the load before; on the running ones for the cluster and the targets. */
async function memory(
  { options, context, generator, say }: BenchRun,
  results: BenchResults,
  running: Running,
): Promise<void> {
  const steps = options.quick ? [1_000] : [1_000, 3_000]
  const fresh = ['nginx', 'portkey', 'embedded']
  for (const [name, setup] of running) {
    if (name === 'bare' || name === 'embedded-no-ledger') continue
    const isFresh = fresh.includes(name)
    if (options.quick && (!isFresh || name === 'nginx')) continue
    say(`memory of ${name}`)
    await using started = isFresh
      ? await setups[name as SetupName].start({ ...context, dir: freshDir(context, name) })
      : { ...setup, [Symbol.asyncDispose]: () => Promise.resolve() }
    const row = await measureMemory(generator, name, started, steps)
    results.memory.push(row)
    for (const { streams, problems } of row.steps)
      if (problems.length > 0)
        results.failures.push(`${name}, ${String(streams)} streams: ${problems.join('; ')}`)
  }
}

/** Before anything else runs, so that a start does not share the machine. */
async function coldStarts(
  { options, context, say }: BenchRun,
  results: BenchResults,
): Promise<void> {
  const commands: Record<string, () => Promise<Startable>> = {
    bare: () => bareNodeCommand(context),
  }
  if (options.only.includes('portkey')) commands['portkey'] = () => portkeyCommand(context)
  if (options.only.includes('embedded')) {
    const withData = { name: 'cold-again', ledger: true }
    commands['embedded'] = () =>
      embeddedCommand(
        { ...context, dir: freshDir(context, 'cold') },
        { name: 'cold', ledger: true },
      )
    commands['embedded, data kept'] = () => embeddedCommand(context, withData)
  }
  for (const [name, command] of Object.entries(commands)) {
    say(`cold start of ${name}`)
    try {
      results.coldStart.push(await measureColdStart(name, options.quick ? 3 : 7, command))
    } catch (error) {
      // The set-up itself is started next and says why; a cold start that cannot be measured only lacks its row.
      say(`cold start of ${name}: ${Error.isError(error) ? error.message : String(error)}`)
    }
  }
}

function freshDir({ dir }: SetupContext, name: string): string {
  return mkdtempSync(join(dir, `${name}-`))
}
