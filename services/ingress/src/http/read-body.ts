import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { GatewayError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'

const jsonType = /^application\/(?:[\w.!#$&^-]+\+)?json *(?:;|$)/i

/** JSON only: a page of another origin can send a form or plain text without asking, but not this. */
export function requireJson(headers: IncomingHttpHeaders): void {
  const type = headers['content-type']
  if (type !== 'application/json' && (type === undefined || !jsonType.test(type))) {
    throw new GatewayError(ingressErrors.unsupported_media_type)
  }
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
