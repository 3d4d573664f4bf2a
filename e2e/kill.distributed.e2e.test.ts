import { describe, expect, test } from '@jest/globals'
import { killReplica, readCluster } from './support/cluster.ts'
import { eventually, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis } = gatewayUnderTest()

const body = {
  model: 'demo/chat',
  stream: true,
  messages: [{ role: 'user', content: 'A stream to interrupt' }],
}
const headers = { 'x-demo-tokens': '60', 'x-demo-interval-ms': '50' }

type Ending = 'whole' | 'error' | 'broken' | 'refused' | 'CLEAN END WITHOUT A TERMINAL EVENT'

/** Reads one stream to its end, whatever the end is. */
async function readStream(api: string): Promise<Ending> {
  try {
    const response = await postChat(api, body, { headers })
    if (response.status !== 200) return 'refused'
    const text = await response.text()
    if (text.includes('data: [DONE]')) return 'whole'
    return text.includes('"error"') ? 'error' : 'CLEAN END WITHOUT A TERMINAL EVENT'
  } catch {
    return 'broken' // the transport said so: the client knows
  }
}

describe('the cluster heals', () => {
  const services = [...new Set(readCluster().processes.map((each) => each.service))]

  test.each(services)(
    'after kill -9 of %s under ten streams: each ends visibly, and later calls work',
    async (service) => {
      const streams = Array.from({ length: 10 }, (_, index) =>
        readStream(apis[index % apis.length] ?? ''),
      )
      await new Promise((resolve) => setTimeout(resolve, 500))
      await killReplica(service, 0)
      const endings = await Promise.all(streams)
      expect(endings).not.toContain('CLEAN END WITHOUT A TERMINAL EVENT')
      if (['auth', 'router', 'usage', 'postgres', 'kafka'].includes(service)) {
        expect(endings).toEqual(Array.from({ length: 10 }, () => 'whole'))
      }
      for (const api of apis) {
        await eventually(
          `${api} to answer again`,
          async () => {
            const response = await postChat(api, { ...body, stream: false }).catch(() => null)
            await response?.text()
            return response?.status === 200 ? true : undefined
          },
          30_000,
        )
      }
    },
    90_000,
  )
})
