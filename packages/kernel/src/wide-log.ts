import { symbols } from 'pino'
import type { Logger } from './logger.ts'

interface Sink {
  write(line: string): void
}

/**
 * A writer of wide events: one line per request, the same as `logger.info(fields, message)` would write. pino asks for every field by name, five
 * times, and makes 12 KB of garbage for 25 of them, a fifth of all that a request makes; `JSON.stringify` does it in one step. Not for fields that could hold a
 * secret or an error: redaction and serializers are pino's.
 */
export function createWideLog(
  logger: Logger,
  message: string,
): (nowMs: number, fields: object) => void {
  const internals = logger as unknown as Record<symbol, unknown>
  const sink = internals[symbols.streamSym] as Sink
  const bound = internals[symbols.chindingsSym] as string
  const end = `,"msg":${JSON.stringify(message)}}\n`
  let second = Number.NaN
  let time = ''
  return (nowMs, fields) => {
    if (!logger.isLevelEnabled('info')) return
    const now = Math.floor(nowMs / 1_000)
    if (now !== second) {
      second = now
      time = `{"level":"info","time":"${new Date(now * 1_000).toISOString().slice(0, -4)}`
    }
    const ms = String(nowMs - now * 1_000).padStart(3, '0')
    const body = JSON.stringify(fields)
    sink.write(`${time}${ms}Z"${bound}${body === '{}' ? '' : ','}${body.slice(1, -1)}${end}`)
  }
}
