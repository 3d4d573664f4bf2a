import { isatty } from 'node:tty'
import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino'
import { systemClock } from './clock.ts'
import { readableLine } from './readable-line.ts'

export type Logger = PinoLogger

/** Header and field names whose values never reach a log line. */
const secretNames = new Set([
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'key',
  'token',
  'password',
  'secret',
])
const censor = '[redacted]'

export type LogFormat = 'json' | 'text'

export interface LoggerOptions {
  readonly service: string
  /** pino level name; `silent` for none. */
  readonly level: string
  /** How lines look on stdout: `text` is for people. Unless given, `text` where stdout is a terminal and `json` elsewhere. */
  readonly format?: LogFormat
  /** Where lines go; stdout unless given. */
  readonly destination?: DestinationStream
}

type Fields = Record<string, unknown>

/** JSON lines, one wide event per request. Bodies, prompts and credentials are never passed in; the redaction is the second wall. */
export function createLogger({ service, level, format, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      // Not pino's `redact`: a path with a wildcard costs more than 20 µs per line, a third of what a request may cost.
      log: (fields: Fields) => censored(fields, true),
    },
    // For what is bound to child loggers, which the formatter does not see; without wildcards it costs nothing.
    redact: { paths: [...secretNames].map((name) => `["${name}"]`), censor },
  }
  return pino(options, destination ?? gatheredStdout(format ?? (isatty(1) ? 'text' : 'json')))
}

const gatheredCharacters = 8_192
const gatheredMs = 100

/**
 * Lines are written in the background, many at a time: a write of its own per request costs more than the request's routing. What a crash can
 * lose is `gatheredMs` of them; an exit writes all. pino's own destination gathers too (`minLength`), but measures all that waits at
 * every line, which copies it.
 */
function gatheredStdout(format: LogFormat): DestinationStream {
  const stdout = pino.destination({ dest: 1, sync: false })
  const flushSync = stdout.flushSync.bind(stdout)
  let waiting = ''
  const handOver = () => {
    if (waiting !== '') stdout.write(waiting)
    waiting = ''
  }
  // What pino calls when the process exits.
  stdout.flushSync = () => {
    handOver()
    flushSync()
  }
  systemClock.every(gatheredMs, handOver)
  return {
    write(line) {
      waiting += format === 'text' ? readableLine(line) : line
      if (waiting.length >= gatheredCharacters) handOver()
    },
  }
}

/** The same fields without secrets, looked for among them and, with `nested`, one level deeper. A copy only if there were any. */
function censored(fields: Fields, nested: boolean): Fields {
  let result = fields
  for (const name in fields) {
    const value = fields[name]
    let kept = value
    if (secretNames.has(name)) kept = censor
    else if (nested && typeof value === 'object' && value !== null) kept = censoredValue(value)
    if (kept === value) continue
    if (result === fields) result = { ...fields }
    result[name] = kept
  }
  return result
}

function censoredValue(value: object): object {
  const kept = censored(value as Fields, false)
  // A copy of an error's own fields has lost its message and stack.
  if (kept === value || !Error.isError(value)) return kept
  return censored({ ...pino.stdSerializers.err(value) }, false)
}
