import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repository } from './repository.ts'
import { serviceMain, serviceNames } from './services.ts'

/** `npm run service -- NAME`: one service, configured by its environment alone. */
const [name = ''] = process.argv.slice(2)
if (serviceNames().includes(name)) {
  await import(pathToFileURL(join(repository, serviceMain(name))).href)
} else {
  process.stderr.write(`No service '${name}'. One of: ${serviceNames().join(', ')}\n`)
  process.exitCode = 2
}
