import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino'

export type Logger = PinoLogger

/** Header and field names whose values never reach a log line. */
const secretPaths = [
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'key',
  'token',
  'password',
  'secret',
]

export interface LoggerOptions {
  readonly service: string
  /** pino level name; `silent` for none. */
  readonly level: string
  /** Where lines go; stdout unless given. */
  readonly destination?: DestinationStream
}

/** JSON lines, one wide event per request. Bodies, prompts and credentials are never passed in; the redaction is the second wall. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths.flatMap((path) => [path, `*.["${path}"]`]), censor: '[redacted]' },
  }
  // Lines are written in the background: a synchronous write per request costs more than the request's routing.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: false, minLength: 0 }))
}
