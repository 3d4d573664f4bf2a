import { styleText } from 'node:util'

type Fields = Readonly<Record<string, unknown>>

/** Who called and how much was moved: in the JSON line for machines, in the way of eyes. */
const leftOut = new Set([
  'level',
  'time',
  'service',
  'msg',
  'err',
  'status',
  'route',
  'method',
  'tenant_id',
  'project_id',
  'key_id',
  'client_request_id',
  'bytes_in',
  'bytes_out',
])

const colours = {
  trace: 'gray',
  debug: 'gray',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
} as const

/** A JSON log line as one for people at a terminal; the stack of an error follows it. */
export function readableLine(line: string): string {
  const fields = JSON.parse(line) as Fields
  const { level, err } = fields
  const time = new Date(String(fields['time'])).toTimeString().slice(0, 8)
  const colour = colours[level as keyof typeof colours]
  const label = colour ? `${styleText(colour, String(level))} ` : ''
  const rest = Object.entries(fields).flatMap(([name, value]) =>
    leftOut.has(name) || value === null || value === false ? [] : [`${name}=${textOf(value)}`],
  )
  const head = `${styleText('gray', time)} ${label}${subjectOf(fields)}`
  const tail = rest.length === 0 ? '' : `  ${styleText('gray', rest.join(' '))}`
  return `${head}${tail}\n${traceOf(err)}`
}

/** What happened: of a request its status and route, of everything else its message. */
function subjectOf({ msg, status, route, method }: Fields): string {
  if (typeof route !== 'string' || typeof status !== 'number') return String(msg)
  const text =
    status < 400 ? String(status) : styleText(status < 500 ? 'yellow' : 'red', String(status))
  return `${text} ${typeof method === 'string' ? `${method} ` : ''}${route}`
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10)
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value
  return JSON.stringify(value)
}

function traceOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return ''
  const { stack, message } = err as Fields
  const text = typeof stack === 'string' ? stack : message
  return typeof text === 'string' ? `${text}\n` : `${JSON.stringify(err)}\n`
}
