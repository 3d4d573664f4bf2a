import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordOf } from '../history.ts'
import { between, chance, weighted } from '../random.ts'
import type { Call, Client } from './client.ts'

export type Outcome = RecordOf<'ended'>['outcome']

/** What became of a call, and which generation answered it, when one is known. */
export interface Story {
  readonly call: Call
  readonly requestId: string | null
  readonly outcome: Outcome
}

type Kind = (client: Client) => Promise<Story>

/** Ways in which people use a gateway. Those that read a log again need its routes. */
const kinds: readonly { name: string; weight: number; resumes: boolean; run: Kind }[] = [
  { name: 'resume', weight: 40, resumes: true, run: resume },
  { name: 'stream', weight: 15, resumes: false, run: stream },
  { name: 'plain', weight: 12, resumes: false, run: plain },
  { name: 'idempotent', weight: 12, resumes: true, run: idempotent },
  { name: 'parallel', weight: 4, resumes: true, run: parallel },
  { name: 'cancel', weight: 6, resumes: true, run: cancel },
  { name: 'leave', weight: 6, resumes: false, run: leave },
  { name: 'stall', weight: 5, resumes: false, run: stall },
]

export function randomKind(resumes: boolean): Kind {
  const possible = kinds.filter((kind) => resumes || !kind.resumes)
  return weighted(possible.map(({ run, weight }) => [run, weight] as const))
}

export function newCall(kind: string, given: Partial<Call> = {}): Call {
  return {
    name: randomUUID().slice(0, 13),
    kind,
    stream: true,
    words: Math.floor(between(10, 70)),
    intervalMs: Math.floor(between(15, 60)),
    attach: 'none',
    ...given,
    headers: { ...slowStart(), ...given.headers },
  }
}

/** Some providers think before they speak: whoever dies meanwhile has published nothing. */
function slowStart(): Record<string, string> {
  return chance(0.2) ? { 'x-demo-first-byte-ms': String(Math.floor(between(500, 5_000))) } : {}
}

function outcomeOf(terminal: string | null): Outcome {
  if (terminal === null) return 'cut'
  if (terminal === 'completed') return 'completed'
  return terminal.endsWith('_cancelled') ? 'cancelled' : 'failed'
}

/** A client of ours: whatever breaks, it comes back with its last cursor; now and then it breaks off itself. */
async function resume(client: Client): Promise<Story> {
  const headers = { 'x-gateway-on-disconnect': chance(0.5) ? 'continue' : 'grace' }
  const call = newCall('resume', { headers, attach: chance(0.5) ? 'retry' : 'none' })
  const accepted = await client.ask(call)
  if (!accepted) return { call, requestId: null, outcome: 'failed' }
  const { requestId } = accepted
  let breaks = Math.floor(between(0, 5))
  const leaveAfter = () => (breaks-- > 0 ? Math.floor(between(1, call.words / 2)) : Infinity)
  let view = await client.read(call, accepted, { leaveAfter: leaveAfter(), stallMs: 0 })
  let { cursor } = view
  while (view.end !== 'terminal') {
    if (chance(0.5)) await sleep(between(0, 800))
    let next = await client.readOn(call.name, requestId, cursor, {
      leaveAfter: leaveAfter(),
      stallMs: 0,
    })
    // The log was rolled back: what was read is void, and the client says so to its user and begins anew.
    if (next === null && cursor !== null) next = await client.readOn(call.name, requestId, null)
    if (next === null) return { call, requestId, outcome: 'cut' }
    cursor = next.cursor ?? cursor
    view = next
  }
  return { call, requestId, outcome: outcomeOf(view.terminal) }
}

/** A stock SDK: repeats until it has a head, never after it. */
async function stream(client: Client): Promise<Story> {
  const call = newCall('stream', { attach: 'retry' })
  const accepted = await client.ask(call)
  if (!accepted) return { call, requestId: null, outcome: 'failed' }
  const view = await client.read(call, accepted)
  return { call, requestId: accepted.requestId, outcome: outcomeOf(view.terminal) }
}

async function plain(client: Client): Promise<Story> {
  const call = newCall('plain', { stream: false, attach: 'retry', intervalMs: 10 })
  const accepted = await client.ask(call)
  if (!accepted) return { call, requestId: null, outcome: 'failed' }
  const whole = await client.readPlain(call, accepted)
  return { call, requestId: accepted.requestId, outcome: whole ? 'completed' : 'cut' }
}

/** Asks with a key until it has seen an end. */
async function idempotent(client: Client): Promise<Story> {
  const call = newCall('idempotent', { attach: 'idempotency' })
  let requestId: string | null = null
  for (let round = 0; round < 8; round += 1) {
    const accepted = await client.ask(call)
    if (!accepted) continue
    requestId = accepted.requestId
    const leaveAfter = round === 0 && chance(0.5) ? call.words / 2 : Infinity
    const view = await client.read(call, accepted, { leaveAfter, stallMs: 0 })
    if (view.end === 'terminal') return { call, requestId, outcome: outcomeOf(view.terminal) }
  }
  return { call, requestId, outcome: 'cut' }
}

/** The same call several times at once, under one key. */
async function parallel(client: Client): Promise<Story> {
  const call = newCall('parallel', { attach: 'idempotency' })
  const asked = Array.from({ length: 4 }, async () => {
    const accepted = await client.ask(call)
    return accepted && { ...(await client.read(call, accepted)), requestId: accepted.requestId }
  })
  const views = (await Promise.all(asked)).filter((view) => view !== null)
  const [best] = views.toSorted(
    (a, b) => Number(b.end === 'terminal') - Number(a.end === 'terminal'),
  )
  return {
    call,
    requestId: best?.requestId ?? null,
    outcome: best ? outcomeOf(best.terminal) : 'failed',
  }
}

async function cancel(client: Client): Promise<Story> {
  const headers = { 'x-gateway-on-disconnect': 'continue' }
  const call = newCall('cancel', { headers, words: 60, intervalMs: 40 })
  const accepted = await client.ask(call)
  if (!accepted) return { call, requestId: null, outcome: 'failed' }
  const { requestId } = accepted
  const cancelling = sleep(between(50, 2_000)).then(() => client.cancel(requestId))
  let view = await client.read(call, accepted)
  await cancelling
  if (view.end !== 'terminal')
    view = (await client.readOn(call.name, requestId, view.cursor)) ?? view
  return { call, requestId, outcome: outcomeOf(view.terminal) }
}

/** Goes away for good: the generation is cancelled, and billed for what there was. */
async function leave(client: Client): Promise<Story> {
  const call = newCall('leave')
  const accepted = await client.ask(call)
  if (!accepted) return { call, requestId: null, outcome: 'failed' }
  const leaveAfter = Math.floor(between(1, call.words))
  const view = await client.read(call, accepted, { leaveAfter, stallMs: 0 })
  return {
    call,
    requestId: accepted.requestId,
    outcome: view.end === 'left' ? 'left' : outcomeOf(view.terminal),
  }
}

/** Takes nothing for some seconds, then the rest. */
async function stall(client: Client): Promise<Story> {
  const call = newCall('stall', { words: 300, intervalMs: 5, attach: 'retry' })
  const accepted = await client.ask(call)
  if (!accepted) return { call, requestId: null, outcome: 'failed' }
  const view = await client.read(call, accepted, {
    leaveAfter: Infinity,
    stallMs: between(2_000, 8_000),
  })
  return { call, requestId: accepted.requestId, outcome: outcomeOf(view.terminal) }
}
