import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { GatewayError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'

const formType = /^multipart\/form-data *;/i
const jsonType = /^application\/(?:[\w.!#$&^-]+\+)?json *(?:;|$)/i

/** JSON only: a page of another origin can send a form or plain text without asking, but not this. */
export function requireJson(headers: IncomingHttpHeaders): void {
  if (!isJson(headers)) throw new GatewayError(ingressErrors.unsupported_media_type)
  requirePlainEncoding(headers)
}

/** For routes that take files. A page of another origin can send a form without asking, but not the key that goes with it. */
export function requireForm(headers: IncomingHttpHeaders): void {
  if (!formType.test(headers['content-type'] ?? '')) {
    const message = 'The request body must be a form (content-type: multipart/form-data)'
    throw new GatewayError(ingressErrors.unsupported_media_type, message)
  }
  requirePlainEncoding(headers)
}

export function requireJsonOrForm(headers: IncomingHttpHeaders): void {
  if (isJson(headers)) requireJson(headers)
  else requireForm(headers)
}

function isJson({ 'content-type': type }: IncomingHttpHeaders): boolean {
  return type === 'application/json' || (type !== undefined && jsonType.test(type))
}

function requirePlainEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    const message = `The request body must not be compressed (content-encoding: ${encoding})`
    throw new GatewayError(ingressErrors.unsupported_media_type, message)
  }
}

/** Bytes the body says it has: 0 without one, infinity when it does not say. */
export function declaredLength(headers: IncomingHttpHeaders): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY
  return Number(headers['content-length'] ?? 0)
}

export function tooLarge(maxBytes: number): GatewayError {
  const message = `The request body is larger than ${String(maxBytes)} bytes`
  return new GatewayError(ingressErrors.request_too_large, message)
}

/** The whole body. A body over the limit is refused by its declared length, or else at the first byte too many. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = declaredLength(request.headers)
  if (declared !== Number.POSITIVE_INFINITY && declared > maxBytes) throw tooLarge(maxBytes)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else reject(tooLarge(maxBytes))
    })
    request.on('end', () => {
      const [only] = chunks
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks))
    })
    const onClose = () => {
      // Comes after every end, too.
      if (!request.complete) reject(new GatewayError(ingressErrors.client_disconnected))
    }
    request.on('close', onClose)
    // The connection may have died while the caller was being authenticated: no event will come then.
    if (request.destroyed) onClose()
  })
}
