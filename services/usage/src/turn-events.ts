import type { AskedTurn } from '@sluice/contracts/generation/asked-turns'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import {
  type ConversationTurn,
  conversationTurnRecorded,
  maxTurnCharacters,
  type TurnToolCall,
} from '@sluice/contracts/topics/conversation-turn-recorded'
import type { NewEvent } from '@sluice/event-log'
import { beginningOf } from '@sluice/kernel/beginning-of'
import { isoTime } from '@sluice/kernel/iso-time'
import type { Answer } from './read-answer.ts'

/** Of one event, JSON in UTF-8: brokers take 1 MiB unless told otherwise. */
const maxEventBytes = 850_000
/** Any text that is shorter fits, whatever is in it: a character takes at most six bytes. */
const safeCharacters = 100_000

const schemaversion = String(conversationTurnRecorded.version)

/**
 * What a generation adds to its conversation: what was asked, then the answer, which is there whenever one began. None for a call that keeps
 * nothing of its conversation.
 */
export function toTurnEvents(record: UsageRecord, answer: Answer | null): readonly NewEvent[] {
  const { asked } = record
  if (asked === undefined) return []
  const { session_id: sessionId, turns } = asked
  const acceptedAt = isoTime(record.accepted_at)
  const events = turns.map((turn, i) =>
    toEvent(turnOf(record, sessionId, i, turn, null, record.accepted_at), acceptedAt),
  )
  if (record.state !== 'completed' && record.first_part_ms === null) return events
  const finishedAt = isoTime(record.finished_at)
  for (const choice of answer?.choices ?? [unread]) {
    const ending = { finishReason: answer?.finishReason ?? null }
    const said = turnOf(record, sessionId, events.length, choice, ending, record.finished_at)
    events.push(toEvent(said, finishedAt))
  }
  return events
}

const unread: AskedTurn = { role: 'assistant', content: '' }

/** Written out, without a copy on the way: this runs for every message. `ending`: of an answer. */
function turnOf(
  record: UsageRecord,
  sessionId: string,
  place: number,
  { role, content, attachments, tool_calls: toolCalls, truncated }: AskedTurn,
  ending: { readonly finishReason: string | null } | null,
  occurredAt: number,
): ConversationTurn {
  return {
    id: `${record.request_id}:${String(place)}`,
    tenant_id: record.tenant_id,
    user_id: record.user_id ?? record.key_id,
    session_id: sessionId,
    request_id: record.request_id,
    turn: place,
    role,
    content: beginningOf(content, maxTurnCharacters),
    metadata: {
      channel: record.channel,
      model: record.model,
      provider: record.provider,
      input_tokens: ending && record.input_tokens,
      output_tokens: ending && record.output_tokens,
      finish_reason: ending && ending.finishReason,
      attachments: attachments ?? [],
      tool_calls: toolCalls ?? [],
      truncated: truncated === true || content.length > maxTurnCharacters,
    },
    occurred_at: occurredAt,
    schema_version: 1,
  }
}

function toEvent(turn: ConversationTurn, time: string): NewEvent {
  return {
    key: conversationTurnRecorded.key(turn),
    value: fittingJson(turn),
    attributes: {
      id: turn.id,
      source: '/sluice/usage',
      type: conversationTurnRecorded.type,
      subject: turn.request_id,
      time,
      tenant: turn.tenant_id,
      schemaversion,
    },
  }
}

/** Cut down where it would be more than a broker takes: an event that is refused would stand in the way of those behind it. */
function fittingJson(turn: ConversationTurn): string {
  const json = JSON.stringify(turn)
  if (json.length <= safeCharacters || Buffer.byteLength(json) <= maxEventBytes) return json
  const { metadata } = turn
  const shorter = {
    ...turn,
    content: beginningOf(turn.content, safeCharacters),
    metadata: {
      ...metadata,
      attachments: metadata.attachments.slice(0, 100),
      tool_calls: shortened(metadata.tool_calls),
      truncated: true,
    },
  }
  return JSON.stringify(shorter)
}

/** Names and ids are kept for the first calls, arguments as far as there is room. */
function shortened(calls: readonly TurnToolCall[]): TurnToolCall[] {
  let room = 20_000
  return calls.slice(0, 50).map(({ id, name, arguments: text }) => {
    const kept = text.length <= room ? text : ''
    room -= kept.length
    return { id: beginningOf(id, 200), name: beginningOf(name, 200), arguments: kept }
  })
}
