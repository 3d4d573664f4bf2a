import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const folder = new URL('../functions/', import.meta.url)

/** `shared` first: the others use its helpers. */
const files = [
  'shared',
  'charges',
  'lines',
  'endings',
  'attach',
  'admit',
  'route',
  'reject',
  'claim',
  'append',
  'finish',
  'restore',
  'cancel',
  'readers',
  'heartbeat',
  'reap',
  'bury',
  'read',
  'commit',
  'describe',
  'confirm',
] as const

export interface FunctionLibrary {
  /** Begins the name of every function: a process of an older version finds its own functions beside ours. */
  readonly name: string
  readonly code: string
}

/** The functions as one library, named after their content. `highlyAvailable`: entries are shown only once a replica has them. */
export function readFunctionLibrary(highlyAvailable = false): FunctionLibrary {
  const sources = files.map((file) => readFileSync(new URL(`${file}.lua`, folder), 'utf8'))
  const body = [`local HA = ${String(highlyAvailable)}`, ...sources].join('\n')
  const name = `sluice_${createHash('sha256').update(body).digest('hex').slice(0, 12)}`
  return { name, code: `#!lua name=${name}\nlocal LIBRARY = '${name}'\n${body}` }
}
