import { boundAnswer } from '@sluice/wire/bounds'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { listMember, member } from './member.ts'

/** No tool has lists that long; an index beyond is a mistake that would cost memory. */
const maxIndex = 10_000

/**
 * One call whose arguments come in pieces, each for a path (T08): `{jsonPath: "$.city", stringValue: "New ", willContinue: true}`. Texts add
 * up, other values replace.
 */
export class PartialCall {
  readonly name: string
  readonly id: string | null
  signature: string | null
  /** A piece that fits no tree: the arguments cannot be told. */
  broken = false
  readonly #args: JsonObject = {}
  /** Of the pieces, characters. */
  #size = 0
  /** Paths whose value goes on. */
  readonly #open = new Set<string>()

  constructor(name: string, id: string | null, signature: string | null) {
    this.name = name
    this.id = id
    this.signature = signature
  }

  /** Every value that was begun has been ended. */
  get isComplete(): boolean {
    return this.#open.size === 0 && !this.broken
  }

  read(call: JsonObject): void {
    if (isObject(call['args'])) Object.assign(this.#args, call['args'])
    for (const piece of listMember(call, 'partialArgs')) if (isObject(piece)) this.#add(piece)
  }

  /** JSON; of a call that is not complete without its last brace, so that nobody can take it for a whole one (T09). */
  argumentsText(): string {
    const text = JSON.stringify(this.#args)
    return this.isComplete ? text : text.slice(0, -1)
  }

  #add(piece: JsonObject): void {
    const path = member(piece, 'jsonPath')
    this.#size += JSON.stringify(piece).length
    boundAnswer(this.#size)
    const steps = typeof path === 'string' ? parsePath(path) : null
    if (!steps || typeof path !== 'string') {
      this.broken = true
      return
    }
    if (member(piece, 'willContinue') === true) this.#open.add(path)
    else this.#open.delete(path)
    const value = valueOf(piece)
    if (value !== undefined && !put(this.#args, steps, value)) this.broken = true
  }
}

function valueOf(piece: JsonObject): unknown {
  for (const name of ['stringValue', 'numberValue', 'boolValue']) {
    const value = member(piece, name)
    if (value !== undefined) return value
  }
  return 'nullValue' in piece || 'null_value' in piece ? null : undefined
}

type Step = string | number

/** `$.foo.bar[0]['odd key']`; null for anything else. */
export function parsePath(path: string): Step[] | null {
  if (!path.startsWith('$')) return null
  const steps: Step[] = []
  const step = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y
  step.lastIndex = 1
  while (step.lastIndex < path.length) {
    const found = step.exec(path)
    if (!found) return null
    const [, name, index, single, double] = found
    if (index !== undefined) {
      if (Number(index) > maxIndex) return null
      steps.push(Number(index))
    } else steps.push(name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'))
  }
  const isSafe = steps.every((each) => each !== '__proto__')
  return steps.length > 0 && isSafe ? steps : null
}

/** False when what is there already is of another kind. */
function put(root: JsonObject, steps: readonly Step[], value: unknown): boolean {
  let at: unknown = root
  for (const [i, step] of steps.entries()) {
    if (!isContainer(at, step)) return false
    const holder = at as Record<Step, unknown>
    const known = Object.hasOwn(holder, step) ? holder[step] : undefined
    const next = steps[i + 1]
    if (next === undefined) {
      holder[step] = typeof known === 'string' && typeof value === 'string' ? known + value : value
      return true
    }
    if (known === undefined) holder[step] = typeof next === 'number' ? [] : {}
    at = holder[step]
  }
  return false
}

function isContainer(value: unknown, step: Step): boolean {
  return typeof step === 'number' ? Array.isArray(value) : isObject(value)
}
