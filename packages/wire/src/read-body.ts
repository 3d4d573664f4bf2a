import { isUtf8 } from 'node:buffer'
import { GatewayError } from '@sluice/kernel/errors'
import { duplicateName, scanStructure } from './duplicate-names.ts'
import { wireErrors } from './errors.ts'
import { findProblem, maxContainers, maxMembers, tooMany } from './find-problem.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'

/** Of lists and objects in each other. */
const maxDepth = 64

/** A caller's body as an object that is safe to walk. Throws a 400 that names the field at fault. */
export function readBody(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw refuse('The request body is not UTF-8')
  const text = body.toString()
  const { names, containers } = scanStructure(text, maxDepth)
  if (names === undefined) {
    throw refuse(`The request is nested more than ${String(maxDepth)} levels deep`)
  }
  if (names > maxMembers) throw refuse(tooMany(maxMembers, 'members').message)
  if (containers > maxContainers) throw refuse(tooMany(maxContainers, 'objects and lists').message)
  const value = parseJson(text)
  if (value === undefined) throw refuse('The request body is not valid JSON')
  if (!isObject(value)) throw refuse('The request body must be a JSON object')
  const seen = { members: 0 }
  const problem = findProblem(value, seen)
  if (problem) throw refuse(problem.message, problem.path.toReversed())
  // `JSON.parse` takes the last of two members of one name, others the first: what was checked here might not be what is done there.
  if (names !== seen.members) {
    const name = duplicateName(text) ?? ''
    throw refuse(`The key '${name}' stands twice in an object`, [name])
  }
  return value
}

/** A 400 that names the field as callers write it: `messages[0].content`. */
export function refuse(message: string, path: readonly PropertyKey[] = []): GatewayError {
  const type = 'invalid_request_error'
  const param = formatPath(path)
  return new GatewayError(
    wireErrors.invalid_request,
    message,
    param === null ? { type } : { type, param },
  )
}

export function formatPath(path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return null
  const parts = path.map((key) =>
    typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`,
  )
  return parts.join('').replace(/^\./, '')
}
