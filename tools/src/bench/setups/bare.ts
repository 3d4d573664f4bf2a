import { upstreamModel } from '../marker.ts'
import type { Setup } from '../setup.ts'

/** No gateway: what the upstream and the load generator cost by themselves, which is subtracted from latencies. */
export const bare: Setup = {
  name: 'bare',
  start: ({ upstreamPort }) =>
    Promise.resolve({
      title: 'the upstream itself',
      endpoint: {
        host: '127.0.0.1',
        port: upstreamPort,
        path: '/v1/chat/completions',
        headers: {},
        model: upstreamModel,
      },
      parts: () => [],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
}
