import { parseArgs } from 'node:util'
import { upstreamModel } from './marker.ts'
import type { TargetOptions } from './setups/target.ts'

export const setupNames = [
  'nginx',
  'portkey',
  'embedded',
  'embedded-no-ledger',
  'embedded-translated',
  'cluster',
] as const
export type SetupName = (typeof setupNames)[number]

export interface BenchOptions {
  readonly quick: boolean
  readonly only: readonly SetupName[]
  readonly rounds: number
  /** Where the figures go as JSON; null = a file in a temporary directory. */
  readonly json: string | null
  readonly targets: readonly TargetOptions[]
  /** 0 = any free port. */
  readonly upstreamPort: number
  readonly profileDir: string | null
}

export const usage = `npm run bench -- [options]
  --quick               shorter windows, fewer rows: at most 90 s once everything is downloaded
  --only a,b            of ${setupNames.join(', ')} (the bare upstream is always measured)
  --rounds N            interleaved rounds (5; quick 3)
  --json FILE           where the figures go
  --target NAME=URL[,PID]   also a running OpenAI-compatible server; may be repeated. URL ends in /v1
  --target-key KEY --target-model MODEL   what the targets are asked with
  --upstream-port P     fixed port of the upstream, for targets that are configured beforehand
  --profile DIR         write V8 CPU profiles of Sluice's processes there (slows them down)
`

/** Throws an error whose message is for the person at the terminal. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      target: { type: 'string', multiple: true, default: [] },
      'target-key': { type: 'string', default: 'bench' },
      'target-model': { type: 'string', default: upstreamModel },
      'upstream-port': { type: 'string', default: '0' },
      profile: { type: 'string' },
    },
  })
  const wholeNumber = (name: string, text: string, least: number): number => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least) return value
    throw new Error(`--${name} must be a whole number of at least ${String(least)}`)
  }
  const only = values.only?.split(',').filter((name) => name !== '') ?? [...setupNames]
  const isSetupName = (name: string): name is SetupName =>
    (setupNames as readonly string[]).includes(name)
  const unknown = only.filter((name) => !isSetupName(name))
  if (unknown.length > 0)
    throw new Error(`--only: no set-up ${unknown.join(', ')}; one of ${setupNames.join(', ')}`)
  const targets = values.target.map((text) => {
    const match = /^([\w.-]+)=(http:\/\/[^,]+)(?:,(\d+))?$/.exec(text)
    if (!match) throw new Error(`--target ${text}: expected NAME=http://HOST:PORT/v1[,PID]`)
    return {
      name: match[1] ?? '',
      url: match[2] ?? '',
      pid: match[3] === undefined ? null : Number(match[3]),
      key: values['target-key'],
      model: values['target-model'],
    }
  })
  return {
    quick: values.quick,
    only: only.filter(isSetupName),
    rounds: wholeNumber('rounds', values.rounds ?? (values.quick ? '3' : '5'), 1),
    json: values.json ?? null,
    targets,
    upstreamPort: wholeNumber('upstream-port', values['upstream-port'], 0),
    profileDir: values.profile ?? null,
  }
}
