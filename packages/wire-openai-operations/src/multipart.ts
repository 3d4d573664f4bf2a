import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { EncodedOperation, Payload } from '@sluice/wire/operation-format'

/**
 * A form (RFC 7578) as bytes:
 *
 *   --boundary CRLF headers CRLF CRLF value CRLF --boundary CRLF … CRLF --boundary--
 *
 * Whether a form is well made was decided by the parser that read it first. Here one value is replaced and nothing else is touched; a form in which
 * the two would see different things is refused.
 */
export function renameModel({ data, contentType }: Payload, model: string): EncodedOperation {
  const boundary = boundaryOf(contentType)
  if (boundary === null) throw malformed('the content-type names no boundary')
  const [value, second] = findFields(data, boundary, 'model')
  if (value === undefined || second !== undefined) throw malformed('there must be one field, model')
  const [start, end] = value
  const edited = Buffer.concat([data.subarray(0, start), Buffer.from(model), data.subarray(end)])
  return { data: edited, contentType, adapted: [] }
}

export function isForm({ contentType }: Payload): boolean {
  return /^multipart\/form-data\b/i.test(contentType)
}

export function boundaryOf(contentType: string): string | null {
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType)
  return found?.[1] ?? found?.[2] ?? null
}

type Range = readonly [start: number, end: number]

const headersEnd = '\r\n\r\n'

/** Where the values of the parts of this name lie. */
function findFields(data: Buffer, boundary: string, name: string): Range[] {
  const found: Range[] = []
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
    if (nameOf(headers) === name) {
      found.push([Math.min(valueStart + headersEnd.length, end), end])
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
