import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface RefusingProvider extends AsyncDisposable {
  readonly url: string
}

/** A provider of OpenAI's and Anthropic's forms whose models are statuses: `504` answers every call with that. */
export async function startRefusingProvider(): Promise<RefusingProvider> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { model = '' } = (body === '' ? {} : JSON.parse(body)) as { model?: string }
      const status = Number(model) || 404
      const error = { message: `As asked: ${model}`, type: 'api_error', param: null, code: null }
      const reply = { type: 'error', error }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
