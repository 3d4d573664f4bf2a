import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { readSourceFiles } from '../check/source-files.ts'
import { eventDocuments, eventProblems } from './documents.ts'
import { fixturesOf } from './examples.ts'
import { readRevisions } from './published.ts'

const require = createRequire(import.meta.url)
const files = readSourceFiles()
const documents = eventDocuments(files)
const parse = (path: string) => JSON.parse(documents.get(path) ?? '') as Record<string, unknown>
const ajv = () => new Ajv2020({ strict: false, validateFormats: false, allErrors: true })

test('M-261: docs/events says what the contracts say; a page that does not, and one of no topic, are found', () => {
  expect(eventProblems(files)).toEqual([])
  const page = 'docs/events/gateway_usage.md'
  const stale = files.map((file) =>
    file.path === page ? { ...file, text: `${file.text}.` } : file,
  )
  const left = [...files, { path: 'docs/events/old.md', text: '' }]
  expect([stale, left].flatMap((each) => eventProblems(each).map(({ file }) => file))).toEqual([
    page,
    'docs/events/old.md',
  ])
})

describe('M-261: asyncapi.json', () => {
  const document = parse('docs/events/asyncapi.json')

  test('is valid by the JSON Schema of AsyncAPI 3.1', () => {
    const path = require.resolve('@asyncapi/specs/schemas/3.1.0.json')
    const schema = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    delete schema['$schema'] // it brings its own draft-07 along
    const isValid = new Ajv({ strict: false, validateFormats: false, meta: false }).compile(schema)
    isValid(document)
    expect(isValid.errors).toBeNull()
    isValid({ ...document, channels: [] })
    expect(isValid.errors).not.toBeNull()
  })

  test('names every topic, and nothing that it does not hold', () => {
    const channels = document['channels'] as Record<string, { address: string }>
    expect(Object.values(channels).map(({ address }) => address)).toEqual(
      allTopics.map(({ name }) => name),
    )
    const text = JSON.stringify(document)
    for (const [, reference = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = reference
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document)
      expect({ reference, found: target !== undefined }).toEqual({ reference, found: true })
    }
  })
})

describe.each(allTopics.map((topic) => [topic.name, topic] as const))(
  'M-261: %s',
  (name, topic) => {
    const fixtures = fixturesOf(topic, files)

    test('golden events are valid by its schema, and show all its members', () => {
      const schema = parse(`docs/events/${name}.schema.json`)
      const isValid = ajv().compile(schema)
      for (const event of fixtures) {
        isValid(event)
        expect(isValid.errors).toBeNull()
      }
      const shown = new Set(fixtures.flatMap((event) => Object.keys(event)))
      expect(
        Object.keys(schema['properties'] as object).filter((each) => !shown.has(each)),
      ).toEqual([])
      expect(isValid({})).toBe(false)
    })

    test('an old consumer reads a new version: every revision takes the newest events, members of later ones, and values of open enumerations', () => {
      for (const revision of readRevisions(files).filter((each) => each.topic === name)) {
        const isValid = ajv().compile(asRead(revision.schema) as object)
        for (const event of fixtures) {
          isValid(withLaterMembers(event))
          expect(isValid.errors).toBeNull()
        }
      }
    })
  },
)

/** As consumers are told to read it: an enumeration that says that it is open lets others pass. */
function asRead(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asRead)
  if (typeof schema !== 'object' || schema === null) return schema
  const isOpen = 'x-open-values' in schema
  const members = Object.entries(schema).filter(([name]) => !(isOpen && name === 'enum'))
  return Object.fromEntries(members.map(([name, member]) => [name, asRead(member)]))
}

/** A member that nobody knows yet, in every object of an event. */
function withLaterMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLaterMembers)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, withLaterMembers(member)])
  return { ...Object.fromEntries(members), member_of_a_later_version: 1 }
}
