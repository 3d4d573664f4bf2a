import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { readSourceFiles } from '../check/source-files.ts'
import { repository } from '../repository.ts'
import { answerHelp, refuse } from '../usage.ts'
import { asJson, eventDocuments } from './documents.ts'
import { brokenPromises, nextRevision, readRevisions, revisionPath } from './published.ts'

const usage = `npm run events-docs: writes docs/events and the catalogue of docs/data from packages/contracts
npm run events-docs -- --publish TOPIC [--publish TOPIC …]: first records what was added to a topic as its next revision, for ever`

answerHelp(usage)
const { values } = parseArgs({ options: { publish: { type: 'string', multiple: true } } })

const today = new Date().toISOString().slice(0, 10)
for (const name of values.publish ?? []) {
  const topic = allTopics.find((known) => known.name === name)
  if (!topic) refuse(`There is no topic ${name}`, usage)
  if (topic.draft) refuse(`${name} is a draft: nothing writes it yet`, usage)
  const files = readSourceFiles()
  const broken = brokenPromises(topic, readRevisions(files))
  if (broken.length > 0) refuse(broken.join('\n'), usage)
  const revision = nextRevision(topic, files, today)
  if (revision) write(revisionPath(revision), asJson(revision))
}
for (const [path, text] of eventDocuments(readSourceFiles())) write(path, text)

function write(path: string, text: string): void {
  const file = join(repository, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  process.stdout.write(`${path}\n`)
}
