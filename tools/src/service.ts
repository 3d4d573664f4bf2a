import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repository } from './repository.ts'
import { serviceMain, serviceNames } from './services.ts'
import { answerHelp, refuse } from './usage.ts'

const usage = `npm run service -- NAME

One service, configured by its environment alone (docs/env.md). NAME is one of: ${serviceNames().join(', ')}`

answerHelp(usage)
const [name = ''] = process.argv.slice(2)
if (!serviceNames().includes(name)) refuse(`No service '${name}'`, usage)
await import(pathToFileURL(join(repository, serviceMain(name))).href)
