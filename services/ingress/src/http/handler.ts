import type { RequestListener } from 'node:http'
import type { IngressContext } from '../context.ts'
import { createApp } from './app.ts'
import { createChatCompletions } from './chat-completions.ts'
import { createCors } from './cors.ts'
import { isChatUrl } from './inference-routes.ts'

/** Sorts requests: inference calls go to plain `node:http` handlers, everything else to Express, which would add a third to their cost. */
export function createHandler(context: IngressContext): RequestListener {
  const { config, health } = context
  const chatCompletions = createChatCompletions(context)
  const app = createApp(context)
  const cors = config.cors && createCors(config.cors)

  return (request, response) => {
    // The balancer is to find another process: this connection ends with this answer.
    if (health.draining) response.shouldKeepAlive = false
    if (cors?.(request, response)) return
    if (request.method === 'POST' && isChatUrl(request.url ?? '')) {
      chatCompletions(request, response)
    } else app(request, response)
  }
}
