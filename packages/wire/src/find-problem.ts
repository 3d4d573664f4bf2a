/** Keys that could reach a prototype in code that copies objects naively, here or at a provider. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
/** Members that hold JSON of the caller's own, where such a key is a name like any other: it travels on as it is and is never merged. */
const freeForm = new Set(['parameters', 'input_schema', 'schema', 'arguments', 'metadata'])

/** More of it than any model takes, and enough to keep a process busy. */
const maxItems = 100_000
const maxTools = 2_048
/** Of all objects together. Parsing many different names costs far more than their bytes, so they are counted in the text. */
export const maxMembers = 200_000
/** An empty one is three bytes, and fifty when it is parsed. */
export const maxContainers = 300_000
const maxCharacters = 8_388_608

export interface Problem {
  readonly message: string
  /** Reversed: it grows on the way back up. */
  readonly path: PropertyKey[]
}

/** What makes a parsed body unsafe to walk, or larger than anybody means. The text was found to be of bounded depth: so is the recursion. */
export function findProblem(
  value: object,
  seen: { members: number },
  isFree = false,
): Problem | null {
  const isArray = Array.isArray(value)
  const keys = Object.keys(value)
  if (isArray) {
    if (keys.length > maxItems) return tooMany(maxItems, 'items')
  } else {
    seen.members += keys.length
  }
  for (const key of keys) {
    const member = (value as Record<string, unknown>)[key]
    let problem: Problem | null = null
    if (!isArray && !isFree && forbiddenKeys.has(key)) {
      problem = { message: `The key ${key} is not allowed`, path: [] }
    } else if (typeof member === 'string') {
      const isLong = member.length > maxCharacters && !isMedia(member)
      if (isLong) problem = tooMany(maxCharacters, 'characters')
    } else if (typeof member === 'object' && member !== null) {
      problem = hasManyTools(key, member)
        ? tooMany(maxTools, 'tools')
        : findProblem(member, seen, isFree || (!isArray && isFreeForm(key, value)))
    }
    if (problem === null) continue
    problem.path.push(isArray ? Number(key) : key)
    return problem
  }
  return null
}

function hasManyTools(key: string, member: object): boolean {
  return key === 'tools' && Array.isArray(member) && member.length > maxTools
}

export function tooMany(most: number, what: string): Problem {
  return { message: `More than ${String(most)} ${what} are not taken`, path: [] }
}

const mediaStart = /^(?:data:|[\w+/-]{128})/

/** Pictures, sound and documents are long runs without a blank. */
function isMedia(text: string): boolean {
  return mediaStart.test(text)
}

/** `input` is the tool's in Anthropic's blocks, and the conversation in a Responses call. */
function isFreeForm(key: string, parent: object): boolean {
  if (freeForm.has(key)) return true
  return key === 'input' && 'type' in parent && String(parent.type).endsWith('tool_use')
}
