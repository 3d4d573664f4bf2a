import { z } from 'zod'
import type { AnyTopic } from '@sluice/contracts/topics/topic'
import type { Finding } from '../check/check.ts'
import type { SourceFile } from '../check/source-files.ts'
import { compareSchemas } from './compare-schemas.ts'
import { eventSchema } from './event-schema.ts'
import { exampleOf } from './examples.ts'

export const publishedFolder = 'packages/contracts/published'

/** What was promised to readers of a topic, from that day on: written once, never changed. */
export const Revision = z.object({
  topic: z.string(),
  type: z.string(),
  version: z.int().min(1),
  /** Counts the additions within a version, from 0. */
  revision: z.int().min(0),
  published: z.iso.date(),
  changes: z.array(z.string()),
  /** What the key is made from, shown on an event: events of one key must go on to have one. */
  key: z.object({ is: z.string(), of: z.record(z.string(), z.unknown()), value: z.string() }),
  schema: z.record(z.string(), z.unknown()),
})
export type Revision = z.infer<typeof Revision>

/** Of all topics, the oldest first. */
export function readRevisions(files: readonly SourceFile[]): Revision[] {
  return files
    .filter(({ path }) => path.startsWith(`${publishedFolder}/`) && path.endsWith('.json'))
    .map(({ text }) => Revision.parse(JSON.parse(text)))
    .toSorted((a, b) => a.version - b.version || a.revision - b.revision)
}

export function revisionPath({ topic, version, revision }: Revision): string {
  return `${publishedFolder}/${topic}/v${String(version)}.${String(revision)}.json`
}

/** Where a contract breaks a promise, or makes one that is not recorded. */
export function contractProblems(
  topics: readonly AnyTopic[],
  files: readonly SourceFile[],
): Finding[] {
  const revisions = readRevisions(files)
  const gone = new Set(revisions.map(({ topic }) => topic))
  for (const { name } of topics) gone.delete(name)
  return [
    ...[...gone].map((name) => finding(name, 'was published and has no contract any more')),
    ...topics.flatMap((topic) => topicProblems(topic, revisions)),
  ]
}

function topicProblems(topic: AnyTopic, all: readonly Revision[]): Finding[] {
  const revisions = all.filter((revision) => revision.topic === topic.name)
  const last = revisions.at(-1)
  if (topic.draft) return last ? [finding(topic.name, 'is published, so it is no draft')] : []
  if (!last)
    return [finding(topic.name, `is not published: npm run events-docs -- --publish ${topic.name}`)]
  const broken = brokenPromises(topic, revisions)
  if (broken.length > 0) return broken.map((problem) => finding(topic.name, problem))
  return additions(topic, last).map((addition) =>
    finding(topic.name, `${addition}: npm run events-docs -- --publish ${topic.name} records it`),
  )
}

/** Against every revision: what one added, the next one must keep. */
export function brokenPromises(topic: AnyTopic, revisions: readonly Revision[]): string[] {
  const own = revisions.filter((revision) => revision.topic === topic.name)
  const broken = new Set(own.flatMap((revision) => breaks(topic, revision)))
  const remedy = 'take it back, or make a topic of the next version beside this one'
  return [...broken].map((problem) => `${problem}: ${remedy}`)
}

function breaks(topic: AnyTopic, promised: Revision): string[] {
  const problems = compareSchemas(promised.schema, eventSchema(topic))
    .filter(({ compatible }) => !compatible)
    .map(({ at, what }) => (at === '' ? what : `${at} ${what}`))
  if (topic.type !== promised.type) problems.push(`type was ${promised.type}`)
  if (topic.version !== promised.version)
    problems.push(`version was ${String(promised.version)} on a topic of this name`)
  // Parsed as its producer's own; an event of an old revision is one of the contract's as long as nothing is broken.
  const event = topic.payload.safeParse(promised.key.of)
  if (event.success && topic.key(event.data as never) !== promised.key.value)
    problems.push(`the key was ${promised.key.is}`)
  return problems
}

function additions(topic: AnyTopic, { schema }: Revision): string[] {
  return compareSchemas(schema, eventSchema(topic)).map(({ at, what }) => `${at} ${what}`)
}

/** The next revision, where there is something to record; null where there is not. */
export function nextRevision(
  topic: AnyTopic,
  files: readonly SourceFile[],
  published: string,
): Revision | null {
  const last = readRevisions(files).findLast((revision) => revision.topic === topic.name)
  const changes = last ? additions(topic, last) : ['first version']
  if (changes.length === 0) return null
  const example = exampleOf(topic, files)
  return {
    topic: topic.name,
    type: topic.type,
    version: topic.version,
    revision: last ? last.revision + 1 : 0,
    published,
    changes,
    key: {
      is: topic.keyedBy,
      of: example,
      value: topic.key(topic.payload.parse(example) as never), // its own payload
    },
    schema: eventSchema(topic),
  }
}

function finding(topic: string, message: string): Finding {
  return { file: `${publishedFolder}/${topic}`, line: 1, message }
}
