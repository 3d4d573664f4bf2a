import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '@sluice/kernel/errors'
import type { TestResult } from '../lanes/run-jest.ts'
import { missingStores } from '../lanes/stores.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import { repository } from '../repository.ts'
import { answerHelp, refuse } from '../usage.ts'
import { runAgents } from './agents/run-agents.ts'
import { labFolder } from './folder.ts'
import { type OutcomeOf, readVersions, renderMatrix, testTitle } from './matrix.ts'
import { replaceSection } from './readme.ts'
import { type Mode, modes, runLab } from './run-lab.ts'

const usage = `npm run lab [-- --mode embedded|distributed] [--clients openai.chat,ai.anthropic] [--write-readme]
npm run lab -- --agents

Real, unmodified clients against the product in both modes, with the demo provider behind it. They are installed into e2e/clients, on the
first run. --write-readme puts what was measured into the matrix of README.md; it needs both modes and all clients.
--agents: coding agents, headless, each with one prompt; they are installed into a cache folder, about 1.6 GB together.`

answerHelp(usage)
const options = readOptions()
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interruption.abort()
  })

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        mode: { type: 'string' },
        clients: { type: 'string', default: '' },
        'write-readme': { type: 'boolean', default: false },
        agents: { type: 'boolean', default: false },
      },
    })
    const { mode, clients } = values
    const chosen = modes.filter((name) => mode === undefined || name === mode)
    if (chosen.length === 0) throw new Error(`--mode ${String(mode)}: no such mode`)
    if (values['write-readme'] && (mode !== undefined || clients !== ''))
      throw new Error('--write-readme takes neither --mode nor --clients')
    return { ...values, modes: chosen, clients: clients.split(',').filter((name) => name !== '') }
  } catch (error) {
    return refuse(messageOf(error), usage)
  }
}

async function main(): Promise<boolean> {
  if (options.agents) return runAgents(options.clients, interruption.signal)
  const tests: TestResult[] = []
  let isGreen = true
  for (const mode of options.modes) {
    if (interruption.signal.aborted) return false
    process.stderr.write(`\n── clients, ${mode} ──\n`)
    const missing = mode === 'distributed' ? missingStores() : []
    for (const line of missing) process.stderr.write(`not run: ${line}\n`)
    isGreen &&= missing.length === 0
    if (missing.length > 0) continue
    const { signal } = interruption
    const result = await runLab(mode, { clients: options.clients, args: [], signal })
    tests.push(...result.tests)
    isGreen &&= result.failed === 0
  }
  if (options['write-readme']) await writeReadme(outcomes(tests, options.modes))
  return isGreen
}

/** A cell is as good as its worst mode. */
function outcomes(tests: readonly TestResult[], run: readonly Mode[]): OutcomeOf {
  const statuses = new Map(tests.map(({ title, status }) => [title, status]))
  return (client, feature) => {
    const found = run.map((mode) => statuses.get(testTitle(client, feature, mode)))
    if (found.includes('failed')) return 'failed'
    return found.every((status) => status === 'passed') ? 'passed' : 'not run'
  }
}

async function writeReadme(outcomeOf: OutcomeOf): Promise<void> {
  const file = join(repository, 'README.md')
  const versions = readVersions(
    await readFile(join(labFolder, 'pnpm-lock.yaml'), 'utf8'),
    await readFile(join(labFolder, 'python/requirements.txt'), 'utf8'),
  )
  const matrix = renderMatrix(versions, outcomeOf)
  await writeFile(file, replaceSection(await readFile(file, 'utf8'), matrix))
  await runToEnd(join(repository, 'node_modules/.bin/oxfmt'), [file])
}

process.exitCode = (await main()) ? 0 : 1
