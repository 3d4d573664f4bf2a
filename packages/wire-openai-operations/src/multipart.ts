import { GatewayError } from '@sluice/kernel/errors'
import { callerNames } from '@sluice/wire/caller-names'
import { wireErrors } from '@sluice/wire/errors'
import type { EncodedOperation, Payload } from '@sluice/wire/operation-format'
import type { TargetEdits } from '@sluice/wire/wire-format'

/**
 * A form (RFC 7578) as bytes:
 *
 *   --boundary CRLF headers CRLF CRLF value CRLF --boundary CRLF … CRLF --boundary--
 *
 * Whether a form is well made was decided by the parser that read it first. Here the model is replaced, and names that are another's at
 * every tenant, and nothing else is touched; a form in which the two would see different models is refused.
 */
export function passForm(
  { data, contentType }: Payload,
  { upstreamModel, disguise }: Pick<TargetEdits, 'upstreamModel' | 'disguise'>,
): EncodedOperation {
  const boundary = boundaryOf(contentType)
  if (boundary === null) throw malformed('the content-type names no boundary')
  const fields = findFields(data, boundary, disguise ? withNames : ['model'])
  const models = fields.filter(({ name }) => name === 'model')
  if (models.length !== 1) throw malformed('there must be one field, model')
  const parts: Buffer[] = []
  let at = 0
  for (const { name, start, end } of fields) {
    const value =
      name === 'model' || !disguise ? upstreamModel : disguise(data.toString('utf8', start, end))
    parts.push(data.subarray(at, start), Buffer.from(value))
    at = end
  }
  return { data: Buffer.concat([...parts, data.subarray(at)]), contentType, adapted: [] }
}

export function isForm({ contentType }: Payload): boolean {
  return /^multipart\/form-data\b/i.test(contentType)
}

export function boundaryOf(contentType: string): string | null {
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType)
  return found?.[1] ?? found?.[2] ?? null
}

interface Field {
  readonly name: string
  readonly start: number
  readonly end: number
}

const withNames: readonly string[] = ['model', ...callerNames]

const headersEnd = '\r\n\r\n'

/** Where the values of the parts of these names lie. */
function findFields(data: Buffer, boundary: string, names: readonly string[]): Field[] {
  const found: Field[] = []
  const delimiter = `\r\n--${boundary}`
  // The first one stands at the very start, or after a preamble.
  let at = data.indexOf(`--${boundary}`, 0, 'latin1')
  if (at > 0) at = data.indexOf(delimiter, 0, 'latin1') + 2
  while (at >= 0) {
    const headersStart = at + 2 + boundary.length
    const valueStart = data.indexOf(headersEnd, headersStart, 'latin1')
    const end = valueStart < 0 ? -1 : data.indexOf(delimiter, valueStart + 2, 'latin1')
    if (end < 0) break
    const headers = data.toString('latin1', headersStart, valueStart)
    const name = nameOf(headers)
    if (name !== null && names.includes(name)) {
      found.push({ name, start: Math.min(valueStart + headersEnd.length, end), end })
    }
    at = end + 2
  }
  return found
}

function nameOf(headers: string): string | null {
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? ''
  const named = /;\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition)
  return named?.[1] ?? named?.[2] ?? null
}

function malformed(problem: string): GatewayError {
  return new GatewayError(wireErrors.invalid_request, `The form cannot be read: ${problem}`, {
    type: 'invalid_request_error',
    param: 'model',
  })
}
