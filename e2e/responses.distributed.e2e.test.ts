import { expect, test } from '@jest/globals'
import { killReplica } from './support/cluster.ts'
import { eventually, gatewayUnderTest, sdk } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const [api = '', other = api] = apis
const unhurried = 'Slowly please. [[tokens=60 interval=50]]'

test.each(['ingress', 'agent', 'router'])(
  'a response in the background outlives kill -9 of %s, and is told to its end',
  async (service) => {
    const client = sdk(service === 'ingress' ? other : api)
    const started = await sdk(api).responses.create({
      model: 'demo/chat',
      input: unhurried,
      background: true,
    })
    await killReplica(service, 0)
    const ended = await eventually(
      `the end of ${started.id}`,
      async () => {
        const response = await client.responses.retrieve(started.id).catch(() => null)
        return response?.status === 'completed' ? response : undefined
      },
      40_000,
    )
    expect(ended.output_text.split(' ').length).toBeGreaterThan(50)
    const next = await client.responses.create({
      model: 'demo/chat',
      input: 'And?',
      previous_response_id: ended.id,
    })
    expect(next.status).toBe('completed')
  },
)
