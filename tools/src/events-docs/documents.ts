import { allTopics } from '@sluice/contracts/topics/all-topics'
import type { Finding } from '../check/check.ts'
import type { SourceFile } from '../check/source-files.ts'
import { repository } from '../repository.ts'
import { appendOnlyProblems } from './append-only.ts'
import { asyncApi } from './async-api.ts'
import { dataCatalogue, tablesAsData } from './data-catalogue.ts'
import { eventSchema } from './event-schema.ts'
import { eventsReadme } from './events-readme.ts'
import { exampleOf } from './examples.ts'
import { contractProblems, readRevisions } from './published.ts'
import { topicPage } from './topic-page.ts'

const folder = 'docs/events'

/** The generated documents, by path. */
export function eventDocuments(files: readonly SourceFile[]): Map<string, string> {
  const revisions = readRevisions(files)
  const documents = new Map([
    [`${folder}/README.md`, eventsReadme(allTopics)],
    ['docs/data/catalogue.md', dataCatalogue(allTopics)],
    ['docs/data/tables.json', asJson(tablesAsData())],
    [`${folder}/asyncapi.json`, asJson(asyncApi(allTopics, (topic) => exampleOf(topic, files)))],
  ])
  for (const topic of allTopics) {
    const own = revisions.filter((revision) => revision.topic === topic.name)
    const path = `${folder}/${topic.name}`
    documents.set(`${path}.md`, topicPage(topic, exampleOf(topic, files), own))
    documents.set(`${path}.schema.json`, asJson(eventSchema(topic)))
  }
  return documents
}

/** Documents that no longer say what the contracts do, and contracts that break a promise. */
export function eventProblems(files: readonly SourceFile[]): Finding[] {
  const documents = eventDocuments(files)
  const stale = [...documents]
    .filter(([path, wanted]) => files.find((file) => file.path === path)?.text !== wanted)
    .map(([file]) => ({ file, line: 1, message: 'is not current: npm run events-docs' }))
  const left = files
    .filter(({ path }) => path.startsWith(`${folder}/`) && !documents.has(path))
    .map(({ path: file }) => ({ file, line: 1, message: 'belongs to no topic: remove it' }))
  return [
    ...contractProblems(allTopics, files),
    ...appendOnlyProblems(repository),
    ...stale,
    ...left,
  ]
}

export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
