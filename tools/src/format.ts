import { runToEnd } from './processes/run-to-end.ts'
import { repository } from './repository.ts'
import { takeNoArguments } from './usage.ts'

/** What can be put right without thinking. */
takeNoArguments('npm run format: repairs what lint can repair, and formats every file')

const bin = `${repository}/node_modules/.bin`
await runToEnd(`${bin}/oxlint`, ['--type-aware', '--fix'], { cwd: repository }).catch(
  () => undefined, // what it could not fix, `npm run check` reports
)
process.stdout.write(await runToEnd(`${bin}/oxfmt`, [], { cwd: repository }))
