import type { Request } from 'express'

/** What the address of a generation says. Express decodes the id; the query is read here, where a repeated name is no array. */
export function idAndQuery(request: Request): { id: string; query: URLSearchParams } {
  const { url } = request
  const mark = url.indexOf('?')
  return {
    id: String(request.params['id']),
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark)),
  }
}
