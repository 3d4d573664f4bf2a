import { timeOf } from '@sluice/contracts/http/shapes'
import type { RequestId } from '@sluice/contracts/ids'
import { listPersonalTurns, type PersonalTurn } from '@sluice/contracts/rpc/lake'
import {
  listPersonalCalls,
  listPersonalResponses,
  type Person,
  type PersonalCall,
  type PersonalResponse,
} from '@sluice/contracts/rpc/personal-data'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

const rpc = { timeoutMs: 4_000 }
const pageSize = 50
const firstId = '00000000-0000-4000-8000-000000000000' as RequestId

/** In their order: a page has what is left of one, and as much of those behind it as there is room for. */
const parts = ['responses', 'calls', 'turns'] as const
type Part = (typeof parts)[number]

export interface Place {
  readonly part: Part
  /** The last one of the part that was given; null = none yet. */
  readonly after: string | null
}

export function placeOf(after: string | undefined): Place {
  if (after === undefined) return { part: 'responses', after: null }
  const [, part, id] = /^(responses|calls|turns):([0-9a-f-]{36}(?::\d{1,9})?)?$/.exec(after) ?? []
  const found = parts.find((each) => each === part)
  const isTurn = id?.includes(':') ?? found === 'turns'
  if (found === undefined || isTurn !== (found === 'turns'))
    throw new GatewayError(
      managementErrors.invalid_request,
      'after: not the last_id of a page of this export',
      { param: 'after' },
    )
  return { part: found, after: id ?? null }
}

export async function pageOfExport(queue: WorkQueue, person: Person, { part, after }: Place) {
  const body = {
    responses: [] as ReturnType<typeof responseView>[],
    calls: [] as ReturnType<typeof callView>[],
    turns: [] as ReturnType<typeof turnView>[],
    turns_elsewhere: null as boolean | null,
  }
  let room = pageSize
  let place = after
  const readers = {
    responses: async () => {
      const question = { ...person, after: idOf(place) ?? firstId, limit: room }
      const { responses } = await callRpc(queue, listPersonalResponses, question, rpc)
      return (body.responses = responses.map(responseView))
    },
    calls: async () => {
      const question = { ...person, after: idOf(place), limit: room, withAnswers: true }
      const { calls } = await callRpc(queue, listPersonalCalls, question, rpc)
      return (body.calls = calls.map(callView))
    },
    turns: async () => {
      const question = { ...person, after: place, limit: room }
      const { turns, elsewhere } = await callRpc(queue, listPersonalTurns, question, rpc)
      body.turns_elsewhere = elsewhere
      return (body.turns = turns.map(turnView))
    },
  }
  for (const each of parts.slice(parts.indexOf(part))) {
    const given = await readers[each]()
    if (given.length === room)
      return { ...body, has_more: true, last_id: `${each}:${given.at(-1)?.id ?? ''}` }
    room -= given.length
    place = null
  }
  return { ...body, has_more: false, last_id: null }
}

/** The form was looked at when the place was read. */
function idOf(place: string | null): RequestId | null {
  return place as RequestId | null
}

function responseView({ createdAt, ...response }: PersonalResponse) {
  return { ...response, created_at: timeOf(createdAt) }
}

function callView(call: PersonalCall) {
  const { id, model, state, answer } = call
  return {
    id,
    model,
    state,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    cost_nano_usd: call.amountNanoUsd,
    accepted_at: timeOf(call.acceptedAt),
    answer,
  }
}

function turnView({ id, sessionId, role, content, occurredAt }: PersonalTurn) {
  return { id, session_id: sessionId, role, content, occurred_at: timeOf(occurredAt) }
}
