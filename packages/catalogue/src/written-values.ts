import { configurationError } from '@sluice/kernel/env'
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parse,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml'

/** One value of a configuration file as it is written: `${NAME}` is not replaced. */
export interface WrittenValue {
  /** Members on the way to it; entries of lists by their name. */
  readonly path: readonly string[]
  readonly value: unknown
  readonly line: number
}

/** Every value of the file that is no map: numbers, texts, lists of them. */
export function writtenValues(text: string): WrittenValue[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const found: WrittenValue[] = []
  collect(document.contents, [])
  return found

  function collect(written: unknown, path: readonly string[]): void {
    const node = isAlias(written) ? written.resolve(document) : written
    if (isMap(node)) {
      for (const { key, value } of node.items) collect(value, [...path, nameOf(key)])
    } else if (isSeq(node) && node.items.some((item) => isMap(item))) {
      for (const [i, item] of node.items.entries())
        collect(item, [...path, entryName(item) ?? String(i)])
    } else if (isScalar(node) || isSeq(node)) {
      const { line } = lines.linePos((written as Node).range?.[0] ?? 0)
      found.push({ path, value: node.toJS(document), line })
    }
  }
}

/** As it would stand in the file: `0.2`, `true`, `text`, `[a, b]`, `{ input: 1, output: 2 }`. Throws what is no YAML. */
export function valueOf(text: string): unknown {
  return parse(text) as unknown
}

/**
 * The text with another value at `place`: members with dots between them, entries of lists by their name (`models.acme/fast.price.input`).
 * Undefined takes it away. A value that is there is replaced in its place and nothing else is touched; for anything more the file is written
 * anew, with its comments and its order. What the result means is not checked here.
 */
export function withValue(text: string, place: string, value: unknown): string {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem) throw configurationError([problem.message.split('\n', 1)[0] ?? ''])
  document.contents ??= document.createNode({}) as unknown as typeof document.contents
  const { parent, key, name } = locate(document, place)
  const present = isMap(parent) ? parent.get(key, true) : parent.items[key as number]
  if (value === undefined) {
    if (present === undefined) throw configurationError([`${place}: is not in the file`])
    parent.delete(key)
    return write(document, text)
  }
  if (name !== null && !isMembers(value))
    throw configurationError([`${place}: there is no ${name}, and a new one takes its members`])
  const entry = name !== null && isMembers(value) ? { name, ...value } : value
  const inPlace = replaced(text, present, entry)
  if (inPlace !== null) return inPlace
  const node = document.createNode(entry)
  if (isCollection(present) || isScalar(present)) {
    node.comment = present.comment ?? null
    node.commentBefore = present.commentBefore ?? null
    node.spaceBefore = present.spaceBefore === true
  }
  parent.set(key, node)
  return write(document, text)
}

function isMembers(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Located {
  readonly parent: YAMLMap | Exclude<ReturnType<typeof asList>, null>
  readonly key: string | number
  /** Of an entry of a list. */
  readonly name: string | null
}

function asList(node: unknown) {
  return isSeq(node) ? node : null
}

/** Names may have dots themselves: the longest that is there is meant. */
function locate(document: Document, place: string): Located {
  let node: unknown = document.contents
  let rest = place.split('.')
  for (let depth = 0; ; depth += 1) {
    const list = asList(node)
    const names = isMap(node)
      ? node.items.map((item) => nameOf(item.key))
      : (list?.items.map((item) => entryName(item)) ?? [])
    const length = rest.findLastIndex((_, i) => names.includes(rest.slice(0, i + 1).join('.'))) + 1
    if (list) {
      const found = names.indexOf(rest.slice(0, length).join('.'))
      if (length === 0) return { parent: list, key: list.items.length, name: rest.join('.') }
      if (length === rest.length) return { parent: list, key: found, name: rest.join('.') }
      node = list.items[found]
      rest = rest.slice(length)
      continue
    }
    if (!isMap(node)) throw configurationError([`${place}: there is no such place`])
    const isOfNames = depth === 1 && place.startsWith('aliases.')
    const taken = length > 0 ? length : isOfNames ? rest.length : 1
    const key = rest.slice(0, taken).join('.')
    rest = rest.slice(taken)
    if (rest.length === 0) return { parent: node, key, name: null }
    if (!node.has(key) || node.get(key) === null)
      node.set(key, document.createNode(listsOfNames.has(key) && depth === 0 ? [] : {}))
    node = node.get(key, true)
  }
}

const listsOfNames: ReadonlySet<string> = new Set(['providers', 'models', 'keys'])

/** Null: not by putting one text in the place of another. */
function replaced(text: string, present: unknown, value: unknown): string | null {
  const isOneLine =
    (isScalar(present) && present.type?.startsWith('BLOCK') === false) ||
    (isCollection(present) && present.flow === true)
  if (!isOneLine || present.range == null || present.anchor !== undefined) return null
  const [start, end] = present.range
  // In a list, so that the text is good wherever a value can stand.
  const written = stringify([value], { collectionStyle: 'flow', lineWidth: 0 }).trim()
  return text.slice(0, start) + written.slice(1, -1).trim() + text.slice(end)
}

function write(document: Document, before: string): string {
  const indentSeq = !/^\w+:[^\S\n]*(?:#.*)?\n- /m.test(before)
  return document.toString({ lineWidth: 0, indentSeq })
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function entryName(item: unknown): string | null {
  const name: unknown = isMap(item) ? item.get('name') : null
  return typeof name === 'string' ? name : null
}
