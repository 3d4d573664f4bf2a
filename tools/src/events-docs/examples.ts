import type { AnyTopic } from '@sluice/contracts/topics/topic'
import type { SourceFile } from '../check/source-files.ts'

const folder = 'packages/contracts/src/__fixtures__/'

/** `usage-recorded` of `sluice.usage.recorded`: what its fixtures are called by. */
export function fixtureName({ type }: AnyTopic): string {
  return type.replace(/^sluice\./, '').replaceAll('.', '-')
}

/** Golden events of a topic's version. */
export function fixturesOf(
  topic: AnyTopic,
  files: readonly SourceFile[],
): Record<string, unknown>[] {
  const start = `${folder}${fixtureName(topic)}.v${String(topic.version)}`
  return files
    .filter(({ path }) => path === `${start}.json` || path.startsWith(`${start}-`))
    .map(({ text }) => JSON.parse(text) as Record<string, unknown>) // an event is an object
}

/** The one that shows most. */
export function exampleOf(topic: AnyTopic, files: readonly SourceFile[]): Record<string, unknown> {
  const [best] = fixturesOf(topic, files).toSorted(
    (a, b) => JSON.stringify(b).length - JSON.stringify(a).length,
  )
  if (!best) throw new Error(`${topic.name} has no fixture ${fixtureName(topic)}.v*.json`)
  return best
}
