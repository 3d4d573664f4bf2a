/** One tenant as the harness plays it: a key, and what it has made so far. */
export interface Tenant {
  readonly api: string
  readonly key: string
  /** Ids of what it made, by kind, in the order it was made. */
  readonly made: Record<Kind, string[]>
  /** Ids of the same kinds that are another's, or were never anybody's. */
  readonly foreign: (kind: Kind) => string
}

export type Kind = 'generation' | 'response' | 'token'

/** What a client can see of an answer. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The harness's only way to a gateway; a test plants its leaks here. */
export type Ask = (tenant: Tenant, path: string, asked?: Asked) => Promise<Answer>

export const askByHttp: Ask = async ({ api, key }, path, { method, body, headers } = {}) => {
  const response = await fetch(`${api}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
