import { repository } from './repository.ts'
import { runToEnd } from './processes/run-to-end.ts'

/** `npm run format`: what can be put right without thinking. */
const bin = `${repository}/node_modules/.bin`
await runToEnd(`${bin}/oxlint`, ['--type-aware', '--fix'], { cwd: repository }).catch(
  () => undefined, // what it could not fix, `npm run check` reports
)
process.stdout.write(await runToEnd(`${bin}/oxfmt`, [], { cwd: repository }))
