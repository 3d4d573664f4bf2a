import { readFileSync } from 'node:fs'
import { configurationError, type Environment } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { checkReferences } from './check-references.ts'
import { ConfigurationFile } from './configuration-file.ts'

/** Problems found in a file, each with the place it is about. */
export interface FileProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * Reads and validates the whole file. Throws one error that lists every problem as `file:line: place: what is wrong`.
 * `${NAME}` in any text value is replaced by that environment variable.
 */
export function readConfigurationFile(path: string, env: Environment): ConfigurationFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw configurationError([`${path}: cannot be read (${messageOf(cause)})`])
  }
  return parseConfigurationFile(path, text, env)
}

export function parseConfigurationFile(
  path: string,
  text: string,
  env: Environment,
): ConfigurationFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const at = (offset: number) => `${path}:${String(lines.linePos(offset).line)}`
  const problems = document.errors.map(
    (error) => `${at(error.pos[0])}: ${error.message.split('\n', 1)[0] ?? 'is not valid YAML'}`,
  )
  if (problems.length > 0) throw configurationError(problems)

  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value !== 'string') return
      scalar.value = scalar.value.replaceAll(
        /\$\{([A-Za-z_]\w*)\}/g,
        (_match, variable: string) => {
          const value = env[variable]
          if (value === undefined)
            problems.push(
              `${at(scalar.range?.[0] ?? 0)}: the environment variable ${variable} is not set`,
            )
          return value ?? ''
        },
      )
    },
  })
  if (problems.length > 0) throw configurationError(problems)

  const value: unknown = document.toJS() ?? {}
  const parsed = ConfigurationFile.safeParse(value)
  const found = parsed.success ? checkReferences(parsed.data) : parsed.error.issues.flatMap(flatten)
  for (const { path: place, message } of found) {
    const node = nodeAt(document.contents, place)
    problems.push(`${at(node?.range?.[0] ?? 0)}: ${placeName(place)}: ${message}`)
  }
  if (problems.length > 0 || !parsed.success) throw configurationError(problems)
  return parsed.data
}

/** A failed union says nothing useful by itself: the problems of its closest branch do. */
function flatten(issue: z.core.$ZodIssue): FileProblem[] {
  if (issue.code === 'invalid_union') {
    const closest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? []
    if (closest.length > 0)
      return closest.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }))
  }
  return [{ path: issue.path, message: issue.message }]
}
const depth = (issues: readonly z.core.$ZodIssue[]) =>
  Math.max(0, ...issues.map((issue) => issue.path.length))

/** The deepest node of the file that lies on the way to `path`. */
function nodeAt(root: Node | null, path: readonly PropertyKey[]): Node | null {
  let node = root
  for (const step of path) {
    let next: unknown = null
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step)
      next = pair?.value ?? pair?.key
    } else if (isSeq(node)) next = node.items[Number(step)]
    if (!isMap(next) && !isSeq(next) && !isScalar(next)) return node
    node = next
  }
  return node
}

function placeName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file'
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number'
        ? `${text}[${String(step)}]`
        : text === ''
          ? String(step)
          : `${text}.${String(step)}`,
    '',
  )
}
