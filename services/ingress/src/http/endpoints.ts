import type { Operation } from '@sluice/contracts/generation/generation-request'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { openAiChat } from '@sluice/wire-openai-chat'

/** One inference route: what is asked for there, and in which dialect. */
export interface Endpoint {
  /** The canonical address: name in metrics and logs. */
  readonly route: string
  readonly operation: Operation
  readonly dialect: CallerFormat
}

export const endpoints: readonly Endpoint[] = [
  { route: '/v1/chat/completions', operation: 'chat', dialect: openAiChat },
]

/** The canonical address, without the prefix, and below the client API. */
export function pathsOf({ route }: Endpoint): string[] {
  return [route, route.replace('/v1', ''), `/api/client${route}`]
}

const byPath = new Map(
  endpoints.flatMap((endpoint) =>
    pathsOf(endpoint).flatMap((path) => [
      [path, endpoint] as const,
      [`${path}/`, endpoint] as const,
    ]),
  ),
)

/** The inference route of this URL, with or without a query and a last slash. */
export function endpointOf(url: string): Endpoint | undefined {
  const query = url.indexOf('?')
  return byPath.get(query === -1 ? url : url.slice(0, query))
}
