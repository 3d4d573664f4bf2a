import { setTimeout as sleep } from 'node:timers/promises'
import { conversations, lakeTables } from '@sluice/contracts/lake/tables'
import { Kafka, logLevel } from 'kafkajs'
import { serversDown, serversUp } from '../servers/servers.ts'
import { startLake } from './soak-stack.ts'

export interface ErasureOptions {
  readonly dir: string
  readonly people: number
  readonly days: number
  readonly say: (line: string) => void
}

const dayMs = 86_400_000
const batchSize = 2_000
const partitions = 12
/** A chat's usual message: a few hundred bytes that do not repeat much. */
const words = 40

/** Everybody says something on each day; then one is erased as the stream left the files, and another after compaction. */
export async function measureErasure({ dir, people, days, say }: ErasureOptions): Promise<void> {
  const startedAt = performance.now()
  const tell = (line: string) => {
    say(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}`)
  }
  const { variables } = await serversUp(dir, ['kafka', 'postgres'])
  await using _servers = { [Symbol.asyncDispose]: () => serversDown(dir) }
  const { KAFKA_BROKERS: kafka = '', DATABASE_URL: postgres = '' } = variables
  const client = new Kafka({ brokers: [kafka], logLevel: logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: lakeTables.flatMap(({ topic }) =>
      topic ? [{ topic: topic.name, numPartitions: partitions }] : [],
    ),
  })
  await admin.disconnect()
  await using stack = await startLake(dir, { kafka, postgres }, tell)
  await sendTurns(client, people, days)
  tell(
    `${String(people * days)} turns of ${String(people)} people over ${String(days)} days are in the topic`,
  )
  for (;;) {
    const [state] = await stack.lake.state([conversations])
    if ((state?.rows ?? 0) >= people * days) break
    await sleep(2_000)
  }
  tell('all of them are rows')
  await stack.job.stop()
  const erase = async (person: number, when: string) => {
    const from = performance.now()
    const subject = { tenantId: 'acme', userId: `user-${String(person)}`, keyIds: [] }
    const [erased] = await stack.lake.erase([conversations], subject)
    tell(
      `${when}: erased one person in ${String(Math.round(performance.now() - from))} ms: ${JSON.stringify(erased)}`,
    )
  }
  await erase(1, 'as the stream wrote the files')
  const from = performance.now()
  const [maintained] = await stack.lake.maintain([conversations])
  tell(
    `maintained in ${String(Math.round(performance.now() - from))} ms: ${JSON.stringify(maintained)}`,
  )
  await erase(2, 'after compaction')
}

async function sendTurns(client: Kafka, people: number, days: number): Promise<void> {
  const producer = client.producer()
  await producer.connect()
  const today = Math.floor(Date.now() / dayMs) * dayMs
  const total = people * days
  for (let sent = 0; sent < total; sent += batchSize) {
    const count = Math.min(batchSize, total - sent)
    const messages = Array.from({ length: count }, (_, i) =>
      turn((sent + i) % people, today - (1 + Math.floor((sent + i) / people)) * dayMs),
    )
    await producer.send({ topic: conversations.topic?.name ?? '', messages })
  }
  await producer.disconnect()
}

function turn(person: number, day: number): { key: string; value: string } {
  const user = `user-${String(person)}`
  const id = `request-${String(person)}-${String(day)}`
  const content = Array.from({ length: words }, () => Math.random().toString(36).slice(2, 8)).join(
    ' ',
  )
  const value = {
    id: `${id}:0`,
    tenant_id: 'acme',
    user_id: user,
    session_id: `session-${String(person)}`,
    request_id: id,
    turn: 0,
    role: 'user',
    content,
    metadata: { channel: 'http', model: 'm', attachments: [], tool_calls: [] },
    occurred_at: day + (person % 86_400) * 1_000,
    schema_version: 1,
  }
  return { key: `acme/${user}`, value: JSON.stringify(value) }
}
