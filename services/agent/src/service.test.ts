import { describe, expect, test } from '@jest/globals'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import type { KeyId, ProjectId, RequestId, TenantId } from '@sluice/contracts/ids'
import {
  deleteResponse,
  endedResponses,
  keepResponse,
  readConversation,
  readResponse,
} from '@sluice/contracts/rpc/agent'
import { readGeneration } from '@sluice/contracts/rpc/usage'
import { noUsage } from '@sluice/contracts/usage'
import type { Generations } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { sleep, systemClock } from '@sluice/kernel/clock'
import { HealthRegistry } from '@sluice/kernel/health'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { Checkpoint } from '@sluice/contracts/topics/checkpoint-recorded'
import { createMemoryResponseStore } from '@sluice/store/memory-response-store'
import type { KeptResponse } from '@sluice/store/response-store'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc, serveRpc } from '@sluice/work-queue/rpc'
import { Registry } from 'prom-client'
import { readAgentConfig } from './config.ts'
import { startAgent } from './service.ts'

const owner = { tenantId: 'acme' as TenantId, keyId: 'key-1' as KeyId }
const stranger = { ...owner, keyId: 'key-2' as KeyId }
const timeout = { timeoutMs: 5_000 }

/** Until it is so; the runner's own limit ends a wait that is in vain. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(systemClock, 5)
}

/** An agent over memory stores; its generations are what a test says they are. */
async function startOver(env: Record<string, string> = {}) {
  const clock = systemClock
  const logs = new Map<RequestId, { summary: GenerationSummary; entries: LogEntry[] }>()
  const generations: Generations = Object.assign(createMemoryGenerations({ clock }), {
    describe: (id: RequestId) => Promise.resolve(logs.get(id)?.summary ?? null),
    read: (id: RequestId) =>
      Promise.resolve({ ok: true as const, entries: logs.get(id)?.entries ?? [] }),
  })
  const queue = createMemoryWorkQueue({ clock })
  const store = createMemoryResponseStore()
  const usage = await serveRpc(queue, readGeneration, () => Promise.resolve(null))
  const agent = await startAgent(readAgentConfig({ AGENT_SWEEP_INTERVAL_MS: '10', ...env }), {
    generations,
    queue,
    store,
    clock,
    logger: createLogger({ service: 'agent', level: 'silent' }),
    registry: new Registry(),
    health: new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 }),
  })
  const keep = async (text: string, changes: object = {}) => {
    const id = newRequestId(clock.now())
    const input = JSON.stringify([{ role: 'user', content: text }])
    const kept = {
      id,
      owner,
      previousId: null,
      background: false,
      stream: false,
      model: 'acme/fast',
      input,
    }
    await callRpc(
      queue,
      keepResponse,
      { ...kept, asked: '{"temperature":0.5}', createdAt: clock.now(), ...changes },
      timeout,
    )
    return id
  }
  const read = async (id: RequestId, by = owner) => {
    const found = await callRpc(queue, readResponse, { id, owner: by }, timeout)
    return found && { ...found, response: JSON.parse(found.response) as Record<string, unknown> }
  }
  const conversation = async (id: RequestId, by = owner) => {
    const found = await callRpc(queue, readConversation, { id, owner: by }, timeout)
    return found && (JSON.parse(found.items) as unknown[])
  }
  return {
    queue,
    store,
    logs,
    keep,
    read,
    conversation,
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]()
      await usage[Symbol.asyncDispose]()
    },
  }
}

const completed: Terminal = {
  state: 'completed',
  finishReason: 'stop',
  error: null,
  usage: { ...noUsage, output_tokens: 3 },
  amountNanoUsd: 1,
}

function ran(id: RequestId, terminal: Terminal | null, ...payloads: object[]) {
  const state = terminal?.state ?? 'running'
  const caller = { ...owner, projectId: 'p' as ProjectId, userId: null, keyName: 'k', models: null }
  const summary: GenerationSummary = {
    id,
    caller,
    state,
    operation: 'chat',
    wire: 'openai-responses',
    stream: payloads.length > 1,
    model: 'acme/fast',
    provider: null,
    calls: [],
    acceptedAt: 1,
    finishedAt: null,
    lastCursor: null,
    terminal,
  }
  const entries = payloads.map((payload, i) => ({
    epoch: 1,
    seq: i + 1,
    head: null,
    data: Buffer.from(JSON.stringify(payload)),
    end: i === payloads.length - 1 ? terminal : null,
  }))
  return { summary, entries }
}

const answer = (id: RequestId, text: string) => ({
  id: `resp_${id}`,
  object: 'response',
  status: 'completed',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }],
})

describe('a kept response', () => {
  test('is queued, running, and then what its caller was shown', async () => {
    await using agent = await startOver()
    const id = await agent.keep('Hi')
    expect(await agent.read(id)).toMatchObject({
      ended: false,
      response: { id: `resp_${id}`, status: 'queued', temperature: 0.5, model: 'acme/fast' },
    })
    agent.logs.set(id, ran(id, null))
    expect(await agent.read(id)).toMatchObject({ response: { status: 'in_progress' } })
    agent.logs.set(id, ran(id, completed, answer(id, 'Hello')))
    expect(await agent.read(id)).toMatchObject({ ended: true, response: answer(id, 'Hello') })
    agent.logs.delete(id)
    expect(await agent.read(id)).toMatchObject({ ended: true, response: answer(id, 'Hello') })
  })

  test('M-264: that has ended is a checkpoint, once, from which it and its conversation can be kept again', async () => {
    await using agent = await startOver()
    const first = await agent.keep('Hi')
    agent.logs.set(first, ran(first, completed, answer(first, 'Hello')))
    await agent.read(first)
    const second = await agent.keep('And you?', { previousId: first })
    agent.logs.set(second, ran(second, completed, answer(second, 'Fine')))
    await Promise.all([agent.read(second), agent.read(second)])
    const expected = await agent.conversation(second)
    const checkpoints: Checkpoint[] = []
    const { outbox } = agent.store
    const options = { limit: 10, inOrder: true }
    await outbox.relay('gateway_checkpoints', options, async (events) => {
      for (const { value } of events) checkpoints.push(Checkpoint.parse(JSON.parse(value)))
      return []
    })
    expect(checkpoints.map(({ session_id: session }) => session)).toEqual([
      `resp_${first}`,
      `resp_${second}`,
    ])
    await using restored = await startOver()
    for (const { tenant_id: tenantId, state } of checkpoints) {
      const { response, ...kept } = JSON.parse(state) as KeptResponse & { response: string }
      await restored.store.keep({ ...kept, tenantId })
      await restored.store.end(kept.id, response)
    }
    expect(await restored.conversation(second)).toEqual(expected)
  })

  test('of a stream is the response of its last event', async () => {
    await using agent = await startOver()
    const id = await agent.keep('Hi')
    const created = { type: 'response.created', response: { status: 'in_progress' } }
    const last = { type: 'response.completed', response: answer(id, 'Hello') }
    agent.logs.set(id, ran(id, completed, created, last))
    expect(await agent.read(id)).toMatchObject({ response: answer(id, 'Hello') })
  })

  test('that broke off has its error, what was said until then, and its usage', async () => {
    await using agent = await startOver()
    const id = await agent.keep('Hi')
    const error = { code: 'upstream_error', status: 502, message: 'It broke', retryable: true }
    const item = { type: 'message', id: 'msg_1', content: [] }
    const said = { type: 'response.output_item.done', item }
    agent.logs.set(id, ran(id, { ...completed, state: 'failed', error }, said, {}))
    expect(await agent.read(id)).toMatchObject({
      ended: true,
      response: {
        status: 'failed',
        error: { code: 'server_error' },
        output: [item],
        usage: { output_tokens: 3 },
      },
    })
  })

  test('that was cancelled has what was said until then, and a conversation goes on from it', async () => {
    await using agent = await startOver()
    const id = await agent.keep('Hi')
    const cancelled: Terminal = { ...completed, state: 'cancelled' }
    const at = (type: string, output_index: number, members: object) => ({
      type: `response.${type}`,
      output_index,
      ...members,
    })
    const thoughts = { type: 'reasoning', id: 'rs_1', summary: [] }
    const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [] }
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '' }
    agent.logs.set(
      id,
      ran(
        id,
        cancelled,
        at('output_item.added', 0, { item: thoughts }),
        at('output_item.done', 0, { item: { ...thoughts, summary: [{ text: 'Well' }] } }),
        at('output_item.added', 1, { item: message }),
        at('output_text.delta', 1, { content_index: 0, delta: 'It is ' }),
        at('output_text.delta', 1, { content_index: 0, delta: 'wa' }),
        at('output_item.added', 2, { item: call }),
        at('function_call_arguments.delta', 2, { delta: '{"pl' }),
        at('output_item.added', 3, { item: { ...message, id: 'msg_2' } }),
        {},
      ),
    )
    const said = {
      type: 'message',
      status: 'incomplete',
      content: [{ type: 'output_text', text: 'It is wa' }],
    }
    expect(await agent.read(id)).toMatchObject({
      ended: true,
      response: {
        status: 'cancelled',
        output: [
          { type: 'reasoning', summary: [{ text: 'Well' }] },
          said,
          { type: 'function_call', status: 'incomplete', arguments: '{"pl' },
        ],
      },
    })
    expect(await agent.conversation(id)).toMatchObject([
      { role: 'user' },
      { type: 'reasoning' },
      said,
    ])
  })

  test('ends without being read: by a hint, or by the sweep', async () => {
    await using agent = await startOver({ AGENT_SWEEP_INTERVAL_MS: '60000' })
    const id = await agent.keep('Hi')
    agent.logs.set(id, ran(id, completed, answer(id, 'Hello')))
    await agent.queue.enqueue(endedResponses, { id, owner: { ...owner } })
    await eventually(async () => (await agent.store.find(id, owner, 0))?.response != null)

    await using sweeping = await startOver()
    const old = await sweeping.keep('Hi', { createdAt: Date.now() - 10_000 })
    sweeping.logs.set(old, ran(old, completed, answer(old, 'Hello')))
    await eventually(async () => (await sweeping.store.find(old, owner, 0))?.response != null)
  })

  test('that has ended is written down before the process goes', async () => {
    const agent = await startOver({ AGENT_SWEEP_INTERVAL_MS: '60000' })
    const id = await agent.keep('Hi')
    agent.logs.set(id, ran(id, completed, answer(id, 'Hello')))
    await agent[Symbol.asyncDispose]()
    expect((await agent.store.find(id, owner, 0))?.response).toContain('Hello')
  })

  test('whose generation was never accepted, or is lost, has failed after a while', async () => {
    await using agent = await startOver()
    const id = await agent.keep('Hi', { createdAt: Date.now() - 61_000 })
    await eventually(async () => (await agent.store.find(id, owner, 0))?.response != null)
    expect(await agent.read(id)).toMatchObject({ ended: true, response: { status: 'failed' } })
  })

  test('is nobody else’s, and goes when its owner says so, or when its time is over', async () => {
    await using agent = await startOver()
    const id = await agent.keep('Hi')
    expect(await agent.read(id, stranger)).toBeNull()
    expect(await agent.conversation(id, stranger)).toBeNull()
    expect(await callRpc(agent.queue, deleteResponse, { id, owner: stranger }, timeout)).toEqual({
      deleted: false,
    })
    expect(await callRpc(agent.queue, deleteResponse, { id, owner }, timeout)).toEqual({
      deleted: true,
    })
    expect(await agent.read(id)).toBeNull()
    const over = await agent.keep('Hi', { createdAt: 1 })
    await eventually(async () => (await agent.store.find(over, owner, 0)) === null)
  })
})

describe('a conversation', () => {
  test('is everything that was said, the oldest first', async () => {
    await using agent = await startOver()
    const first = await agent.keep('One?')
    agent.logs.set(first, ran(first, completed, answer(first, 'One.')))
    const second = await agent.keep('Two?', { previousId: first })
    agent.logs.set(second, ran(second, completed, answer(second, 'Two.')))
    expect(await agent.conversation(second)).toEqual([
      { role: 'user', content: 'One?' },
      ...answer(first, 'One.').output,
      { role: 'user', content: 'Two?' },
      ...answer(second, 'Two.').output,
    ])
  })

  test('does not go on from an answer that is not there yet', async () => {
    await using agent = await startOver()
    const id = await agent.keep('One?')
    agent.logs.set(id, ran(id, null))
    await expect(agent.conversation(id)).rejects.toMatchObject({
      code: 'response_in_progress',
      status: 400,
    })
  })

  test('with something missing is not there', async () => {
    await using agent = await startOver()
    const first = await agent.keep('One?')
    agent.logs.set(first, ran(first, completed, answer(first, 'One.')))
    const second = await agent.keep('Two?', { previousId: first })
    agent.logs.set(second, ran(second, completed, answer(second, 'Two.')))
    await callRpc(agent.queue, deleteResponse, { id: first, owner }, timeout)
    expect(await agent.conversation(second)).toBeNull()
  })
})
