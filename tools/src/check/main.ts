import { readFileSync } from 'node:fs'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { messageOf } from '@sluice/kernel/errors'
import { lakeSql, lakeSqlFile } from '@sluice/lake-flink/lake-sql'
import { runToEnd } from '../processes/run-to-end.ts'
import { installLab } from '../lab/install-lab.ts'
import { environmentProblems } from '../env-docs/documents.ts'
import { eventProblems } from '../events-docs/documents.ts'
import { repository } from '../repository.ts'
import { takeNoArguments } from '../usage.ts'
import type { Finding } from './check.ts'
import { checks } from './checks.ts'
import { readSourceFiles } from './source-files.ts'

/** Everything that is known about the code without running it. */
takeNoArguments(
  'npm run check: types, lint, format, dead code, import direction, and the checks of tools/src/check',
)

const programs = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the lab', command: ['tsc', '-p', 'e2e/clients'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  { name: 'unused code', command: ['knip', '--no-config-hints'] },
]

/** Empty = all is well. */
async function runProgram([program = '', ...args]: readonly string[]): Promise<string> {
  try {
    await runToEnd(`node_modules/.bin/${program}`, args, { cwd: repository, lines: 400 })
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

async function runOwnChecks(): Promise<{ name: string; problems: string }[]> {
  const files = readSourceFiles()
  const own = checks.map(({ name, run }) => ({ name, problems: report(run(files)) }))
  return [
    ...own,
    { name: 'settings', problems: await problemsOf(() => environmentProblems(files)) },
    { name: 'the lake’s job', problems: lakeSqlProblems() },
    { name: 'contracts', problems: await problemsOf(() => eventProblems(files)) },
  ]
}

/** They import the modules that they document, and cannot when one of them is broken. */
async function problemsOf(find: () => Promise<Finding[]> | Finding[]): Promise<string> {
  try {
    return report(await find())
  } catch (error) {
    return messageOf(error)
  }
}

function lakeSqlProblems(): string {
  return readFileSync(lakeSqlFile, 'utf8') === lakeSql(lakeTables)
    ? ''
    : `${lakeSqlFile} is not what the table contracts say: npm run lake-sql`
}

function report(findings: readonly Finding[]): string {
  return findings.map(({ file, line, message }) => `${file}:${String(line)} ${message}`).join('\n')
}

// Without its clients the lab can be neither typed nor linted.
await installLab()
const running = programs.map(async ({ name, command }) => ({
  name,
  problems: await runProgram(command),
}))
const results = [...(await runOwnChecks()), ...(await Promise.all(running))]
for (const { name, problems } of results)
  if (problems) process.stdout.write(`\n── ${name} ──\n${problems}\n`)
process.stdout.write('\n')
for (const { name, problems } of results)
  process.stdout.write(`${problems ? 'failed' : 'ok    '}  ${name}\n`)
if (results.some(({ problems }) => problems)) process.exitCode = 1
