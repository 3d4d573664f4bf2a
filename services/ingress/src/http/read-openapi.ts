import { hash } from 'node:crypto'
import { createOpenApi } from '@sluice/contracts/http/openapi'
import type { RequestHandler } from 'express'
import type { IngressContext } from '../context.ts'
import { recognise } from './authenticate.ts'

/** `GET /openapi.json`: made once, when it is first asked for. */
export function createReadOpenApi(context: IngressContext): RequestHandler {
  let made: { readonly body: Buffer; readonly etag: string } | null = null
  return async (request, response) => {
    await recognise({ request, response }, context)
    if (made === null) {
      const body = Buffer.from(JSON.stringify(createOpenApi(context.routes)))
      made = { body, etag: `"${hash('sha256', body, 'base64url')}"` }
    }
    const { body, etag } = made
    response.setHeader('etag', etag)
    response.setHeader('cache-control', 'public, max-age=300')
    if (request.headers['if-none-match'] === etag) response.status(304).end()
    else response.setHeader('content-type', 'application/json').end(body)
  }
}
