import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './schema.ts'

export interface SluiceOptions {
  /** `http://127.0.0.1:3000`: without `/v1`. */
  readonly baseUrl: string
  /** A key, or an access token. Without one only the public routes answer. */
  readonly apiKey?: string
  /** The global one unless given. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** `GET`, `POST`, … for every route of the gateway: `{ data }` of a success, `{ error }` otherwise, both typed by the OpenAPI document. */
export type Sluice = Client<paths>

export function createSluice({ baseUrl, apiKey, fetch }: SluiceOptions): Sluice {
  return createClient<paths>({
    baseUrl,
    ...(apiKey === undefined ? {} : { headers: { authorization: `Bearer ${apiKey}` } }),
    ...(fetch === undefined ? {} : { fetch }),
  })
}
