import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import type { SourceFile } from '../check/source-files.ts'
import { lamp, lampExample, lampTopic, type LampChanges } from './planted-topic.ts'
import { contractProblems, nextRevision, revisionPath } from './published.ts'

const day = '2026-01-01'
const fixture: SourceFile = {
  path: 'packages/contracts/src/__fixtures__/lamp-switched.v1.json',
  text: JSON.stringify(lampExample),
}

function publish(changes: LampChanges, before: readonly SourceFile[]): SourceFile[] {
  const revision = nextRevision(lampTopic(changes), before, day)
  if (!revision) throw new Error('there is nothing to publish')
  return [...before, { path: revisionPath(revision), text: JSON.stringify(revision) }]
}

const published = publish({}, [fixture])
const problemsOf = (changes: LampChanges, files = published) =>
  contractProblems([lampTopic(changes)], files).map(({ message }) => message)

test('M-261: a contract that is as it was published passes, one that never was does not', () => {
  expect(problemsOf({})).toEqual([])
  expect(problemsOf({}, [fixture])).toEqual([
    'is not published: npm run events-docs -- --publish sluice.lamp.switched.v1',
  ])
})

const bulbs = (member: z.ZodType) => ({
  bulbs: z.array(z.object({ slot: member, maker: z.string() })),
})

/** Each is what somebody may do to a contract in good faith. */
const planted: [string, LampChanges, RegExp][] = [
  ['a member is removed', { without: 'note' }, /^note is gone: take it back/],
  ['a member has another type', { shape: { room: z.int() } }, /^room .*string.*integer/],
  ['a member may be null from now on', { shape: { room: z.string().nullable() } }, /^room /],
  ['a member may no longer be null', { shape: { watts: z.int().min(0) } }, /^watts /],
  ['a member within a list has another type', { shape: bulbs(z.string()) }, /^bulbs\[\]\.slot /],
  ['a member becomes required', { shape: { note: z.string() } }, /^note became required/],
  [
    'a member becomes optional',
    { shape: { room: z.string().optional() } },
    /^room became optional/,
  ],
  ['a required member is new', { shape: { floor: z.int() } }, /^floor is new, and required/],
  ['an enumeration is narrowed', { shape: { mode: z.enum(['on']) } }, /^mode .*off/],
  [
    'a closed enumeration is widened',
    { shape: { mode: z.enum(['on', 'off', 'dim']) } },
    /^mode takes the new value dim/,
  ],
  [
    'an open enumeration is narrowed',
    { shape: { colour: lamp.colour.exclude(['red']).meta({ 'x-open-values': true }) } },
    /^colour .*red/,
  ],
  [
    'a bound is moved',
    { shape: { watts: z.int().min(1).nullable() } },
    /^watts minimum: 0 became 1/,
  ],
  ['the key is another', { key: ({ id }) => String(id as string) }, /^the key was room/],
  ['the type is another', { type: 'sluice.light.switched' }, /^type was sluice\.lamp\.switched/],
  ['the version is another on the same topic', { version: 2 }, /^version was 1/],
]

describe('M-261: a change that a reader would notice fails without a new version', () => {
  test.each(planted)('%s', (_, changes, problem) => {
    const problems = problemsOf(changes)
    expect(problems[0]).toMatch(problem)
    expect(problems.filter((message) => !message.includes('take it back'))).toEqual([])
  })

  test('a topic that was published stays', () => {
    expect(
      contractProblems([], published).map(({ file, message }) => `${file} ${message}`),
    ).toEqual([
      'packages/contracts/published/sluice.lamp.switched.v1 was published and has no contract any more',
    ])
  })
})

describe('M-261: an addition', () => {
  const added = { shape: { dimmer: z.string().optional() } }

  test('passes once it is recorded as the next revision', () => {
    expect(problemsOf(added)).toEqual([
      'dimmer is new: npm run events-docs -- --publish sluice.lamp.switched.v1 records it',
    ])
    const files = publish(added, published)
    expect(files.at(-1)?.path).toMatch(/v1\.1\.json$/)
    expect(problemsOf(added, files)).toEqual([])
    expect(nextRevision(lampTopic(added), files, day)).toBeNull()
  })

  test('is kept from then on: a later contract is compared with every revision', () => {
    const files = publish(added, published)
    expect(problemsOf({}, files)).toEqual([expect.stringMatching(/^dimmer is gone/)])
  })

  test('of a member with a default, or of a value to an open enumeration, is one too', () => {
    const later = {
      shape: {
        dimmer: z.int().default(3),
        colour: z.enum(['red', 'green', 'blue']).meta({ 'x-open-values': true }),
      },
    }
    expect(problemsOf(later).filter((message) => !message.endsWith('records it'))).toEqual([])
    expect(problemsOf(later, publish(later, published))).toEqual([])
  })

  test('of words alone needs no revision', () => {
    expect(problemsOf({ shape: { room: z.string().describe('where it hangs') } })).toEqual([])
  })
})
