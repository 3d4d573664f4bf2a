import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Balancer, startBalancer } from './support/balancer.ts'
import { blockResources } from './support/block-resources.ts'
import { killReplica } from './support/cluster.ts'
import { gatewayUnderTest, sdk } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const messages = [{ role: 'user' as const, content: 'Whoever answers, it is the same.' }]

describe('M-312: replicas behind a plain balancer are one gateway', () => {
  let balancer: Balancer
  const resources = blockResources()
  beforeAll(async () => {
    balancer = resources.use(await startBalancer(apis))
  })
  /** One call, plain or streamed; its text. */
  async function ask(index: number, maxRetries = 0): Promise<string> {
    const client = sdk(balancer.url, { maxRetries })
    const request = { model: 'demo/chat', messages }
    if (index % 2 === 0) {
      const answer = await client.chat.completions.create(request)
      return answer.choices[0]?.message.content ?? ''
    }
    let text = ''
    const stream = await client.chat.completions.create({ ...request, stream: true })
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    return text
  }

  test('every replica takes its share, and all give the same answers', async () => {
    const before = [...balancer.taken]
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(index)))
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).not.toBe('')
    for (const [index, count] of balancer.taken.entries())
      expect(count).toBeGreaterThan(before[index] ?? 0)
  })

  test('a killed ingress costs no call that its client repeats', async () => {
    const asking = Array.from({ length: 4 }, async (_, lane) => {
      const answers: string[] = []
      for (let index = 0; index < 40; index += 1) answers.push(await ask(lane * 2, 4)) // plain: the SDK does not repeat a stream that has begun
      return answers
    })
    await killReplica('ingress', 0)
    const answers = (await Promise.all(asking)).flat()
    expect(answers).toHaveLength(160)
    expect(new Set(answers).size).toBe(1)
  }, 90_000)
})
