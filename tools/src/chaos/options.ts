import { parseArgs } from 'node:util'
import { rows } from './faults/rows.ts'

export interface ChaosOptions {
  /** How long faults are made. */
  readonly minutes: number
  /** Rounds of the rolling restart; null: a soak. */
  readonly rolling: number | null
  /** Rows of the fault matrix to go through, one by one; null: faults at random. */
  readonly rows: readonly string[] | null
  /** Another version of the code beside this one (FM50); null: one. */
  readonly versions: string | null
  /** Processes are killed while versions are mixed: then calls may fail. */
  readonly kills: boolean
  /** Networks between the processes fail, too. */
  readonly toxics: boolean
  /** Histories, logs and data; null: a temporary folder. */
  readonly dir: string | null
  /** Calls open at once. */
  readonly lanes: number
  /** Pause between two rounds of faults, ms: from, to. */
  readonly pauseMs: readonly [number, number]
  /** Only checks what an earlier run left in `dir`. */
  readonly checkOnly: boolean
}

export const usage = `npm run chaos -- [--minutes 30] [--toxics] [--streams 40] [--pause 500,3000] [--dir DIR]
npm run chaos -- --rolling 20 [--streams 40] [--dir DIR]
npm run chaos -- --rows all|FM22,FM43 [--streams 40] [--dir DIR]
npm run chaos -- --versions next|REF|FOLDER [--kills] [--minutes 1] [--streams 40] [--dir DIR]
npm run chaos -- --check --dir DIR

Clients that break off, resume, repeat and cancel, on a cluster whose processes are killed and frozen at random; with --toxics its
connections fail too. With --rolling every service is restarted in turn instead; with --rows faults of the matrix in docs/guarantees.md
come one by one. With --versions a release is made and withdrawn, half of the replicas at a time: from this work tree to a version
ahead of it (next), or from a commit or another work tree to this one; --minutes is how long they are mixed; no call may fail, but with --kills. Then all histories, ledgers and events are checked against the invariants: exit code 1 when one does not hold. DIR keeps
the evidence; --check reads it again.`

export function readChaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      rolling: { type: 'string' },
      rows: { type: 'string' },
      versions: { type: 'string' },
      kills: { type: 'boolean', default: false },
      toxics: { type: 'boolean', default: false },
      dir: { type: 'string' },
      streams: { type: 'string', default: '40' },
      pause: { type: 'string', default: '500,3000' },
      check: { type: 'boolean', default: false },
    },
  })
  if (values.check && !values.dir) throw new Error('--check needs --dir')
  const [from = 0, to = from] = values.pause.split(',').map((ms) => positive('--pause', ms))
  return {
    minutes: positive('--minutes', values.minutes),
    rolling: values.rolling === undefined ? null : positive('--rolling', values.rolling),
    rows: values.rows === undefined ? null : rowsNamed(values.rows),
    versions: values.versions ?? null,
    kills: values.kills,
    toxics: values.toxics || values.rows !== undefined,
    dir: values.dir ?? null,
    lanes: positive('--streams', values.streams),
    pauseMs: [from, to],
    checkOnly: values.check,
  }
}

function rowsNamed(list: string): string[] {
  if (list === 'all') return rows.filter(({ isLong }) => !isLong).map(({ id }) => id)
  const known = rows.map(({ id }) => id)
  const named = list.split(',')
  const unknown = named.filter((id) => !known.includes(id))
  if (unknown.length > 0) throw new Error(`--rows ${unknown.join(',')}: one of ${known.join(', ')}`)
  return named
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (text === '' || !(value > 0)) throw new Error(`${name} ${text} is not a number above 0`)
  return value
}
