import type { IncomingHttpHeaders } from 'node:http'
import type { Route } from '@sluice/contracts/http/route'
import { inferenceRoutes } from '@sluice/contracts/http/routes/edge'
import type { Operation } from '@sluice/contracts/generation/generation-request'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiCompletions } from '@sluice/wire-openai-completions'
import { openAiResponses } from '@sluice/wire-openai-responses'
import type { ReadCall } from './asked.ts'
import { type Session, responsesSession } from './responses/session.ts'
import { plainEndpoints } from './plain-endpoints.ts'
import { requireJson } from './read-body.ts'
import { readAs, readChatCall } from './read-chat-call.ts'

/** One inference route: what is asked for there, and in which dialect. */
export interface Endpoint {
  /** The canonical address: name in metrics and logs. */
  readonly route: string
  /** Who may call it. */
  readonly row: Route
  readonly operation: Operation
  readonly dialect: CallerFormat
  /** Throws a 415 for a body of another type. */
  readonly requireType: (headers: IncomingHttpHeaders) => void
  readonly read: ReadCall
  /** What is kept of a call beyond its answer; absent = nothing. */
  readonly session?: Session
}

const served: readonly Omit<Endpoint, 'row'>[] = [
  {
    route: '/v1/chat/completions',
    operation: 'chat',
    dialect: openAiChat,
    requireType: requireJson,
    read: readChatCall,
  },
  {
    route: '/v1/responses',
    operation: 'chat',
    dialect: openAiResponses,
    requireType: requireJson,
    read: readAs(openAiResponses),
    session: responsesSession,
  },
  {
    route: '/v1/messages',
    operation: 'chat',
    dialect: anthropicMessages,
    requireType: requireJson,
    read: readAs(anthropicMessages),
  },
  {
    route: '/v1/completions',
    operation: 'chat',
    dialect: openAiCompletions,
    requireType: requireJson,
    read: readAs(openAiCompletions),
  },
  ...plainEndpoints,
]

export const endpoints: readonly Endpoint[] = served.map((endpoint) => ({
  ...endpoint,
  row: rowOf(endpoint.route),
}))

function rowOf(path: string): Route {
  const row = inferenceRoutes.find((each) => each.path === path)
  if (!row) throw new TypeError(`${path} is not in the route table`)
  return row
}

/** The canonical address, without the prefix, and below the client API. */
export function pathsOf({ path, aliases = [] }: Route): string[] {
  return [path, ...aliases]
}

const byPath = new Map(
  endpoints.flatMap((endpoint) =>
    pathsOf(endpoint.row).flatMap((path) => [
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
