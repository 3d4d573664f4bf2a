import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Every answer of the stub reports so many. */
export const stubUsage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }

export interface StubProvider extends AsyncDisposable {
  /** OpenAI's `/v1`. */
  readonly url: string
  /** Headers of each chat call, in the order in which they came. */
  readonly calls: readonly IncomingHttpHeaders[]
  /** Connections taken so far. */
  readonly connections: number
}

/**
 * An OpenAI-compatible provider of one model that remembers what the demo provider's log must not: credentials and connections. Of a stream
 * it sends the first token, and then nothing for ever.
 */
export async function startStubProvider(model: string): Promise<StubProvider> {
  const calls: IncomingHttpHeaders[] = []
  let connections = 0
  const reply = JSON.stringify({
    id: 'chatcmpl-stub',
    object: 'chat.completion',
    created: 1_767_225_600,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
    usage: stubUsage,
  })
  const firstToken = JSON.stringify({
    id: 'chatcmpl-stub',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model,
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Y' }, finish_reason: null }],
  })
  const list = JSON.stringify({ object: 'list', data: [{ id: model, object: 'model' }] })
  const server = createServer((request, response) => {
    const isChat = request.method === 'POST'
    if (isChat) calls.push(request.headers)
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.once('end', () => {
      if (/"stream":\s*true/.test(body)) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`data: ${firstToken}\n\n`)
        return
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(isChat ? reply : list)
    })
  })
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/v1`,
    calls,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
