import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from '../history.ts'
import { between, chance } from '../random.ts'
import { Audit } from './audit.ts'
import { Client, type Gateway } from './client.ts'
import { newCall, randomKind, type Story } from './kinds.ts'

export interface LoadOptions {
  readonly gateway: Gateway
  readonly history: History
  /** Calls open at once. */
  readonly lanes: number
  /** Each generation is read again, whole, within so long after its call. */
  readonly auditWithinMs: number
}

export interface Load {
  readonly calls: number
  /** No more new calls; resolves when those that run are through and every generation was read again. */
  stop(): Promise<void>
}

/** A gateway that loses answers must not hold up its own verdict: whoever waits longer waits in vain. */
const stopTimeoutMs = 150_000

/** Clients of every kind, one call after the other in each lane. */
export async function startLoad({
  gateway,
  history,
  lanes,
  auditWithinMs,
}: LoadOptions): Promise<Load> {
  const client = new Client(gateway, history)
  const resumes = await canResume(client)
  const audit = new Audit(client, auditWithinMs)
  let calls = 0
  let stopping = false
  const lane = async () => {
    await sleep(between(0, 2_000))
    while (!stopping) {
      calls += 1
      const { call, requestId, outcome } = await randomKind(resumes)(client)
      history.write({ event: 'ended', call: call.name, kind: call.kind, outcome })
      if (requestId !== null && resumes) {
        if (chance(0.1)) await client.probe(requestId)
        audit.add(call.name, requestId)
      }
      await sleep(between(0, 300))
    }
  }
  const running = Array.from({ length: lanes }, lane)
  return {
    get calls() {
      return calls
    },
    async stop() {
      stopping = true
      const through = Promise.all(running).then(() => audit.finish())
      await Promise.race([through, sleep(stopTimeoutMs)])
    },
  }
}

/** Whether this gateway shows a log again. */
async function canResume(client: Client): Promise<boolean> {
  const story = await firstCall(client)
  return (
    story.requestId !== null &&
    (await client.readOn(story.call.name, story.requestId, null, undefined, 'replay')) !== null
  )
}

async function firstCall(client: Client): Promise<Story> {
  const call = newCall('first', { words: 3 })
  const accepted = await client.ask(call)
  if (!accepted) throw new Error('the gateway does not answer')
  await client.read(call, accepted)
  return { call, requestId: accepted.requestId, outcome: 'completed' }
}
