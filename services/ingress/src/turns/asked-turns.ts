import type { AskedTurn, AskedTurns } from '@sluice/contracts/generation/asked-turns'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { maxTurnCharacters } from '@sluice/contracts/topics/conversation-turn-recorded'
import { beginningOf } from '@sluice/kernel/beginning-of'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { chatTurns } from './chat-turns.ts'
import { messageTurns } from './message-turns.ts'
import { listOf } from './new-messages.ts'
import { responseTurns } from './response-turns.ts'

/** Of one call; of more, the newest are kept: a body of empty messages must not become a million events. */
const maxTurns = 256
/** Of all turns of one call, UTF-16 code units: they wait beside its generation. */
const maxCharacters = 4 * maxTurnCharacters

/** What a call adds to its conversation; undefined = nothing, as for all that is no chat. `json`: the body as it came. */
export function askedTurns(request: GenerationRequest, json: unknown): AskedTurns | undefined {
  if (request.operation !== 'chat' || !isObject(json)) return undefined
  const turns = turnsOf(request.wire, json)
  if (turns.length === 0) return undefined
  return { session_id: request.group ?? request.id, turns: bounded(turns) }
}

function turnsOf(wire: GenerationRequest['wire'], body: JsonObject): AskedTurn[] {
  if (wire === 'anthropic-messages') return messageTurns(body)
  if (wire === 'openai-completions') return promptTurns(body)
  // Cursor posts a Responses body to the chat route.
  return wire === 'openai-chat' && body['messages'] !== undefined
    ? chatTurns(body)
    : responseTurns(body)
}

/** A prompt of tokens is no text. */
function promptTurns({ prompt }: JsonObject): AskedTurn[] {
  const texts = typeof prompt === 'string' ? [prompt] : listOf(prompt)
  return texts.flatMap((text) =>
    typeof text === 'string' ? [{ role: 'user' as const, content: text }] : [],
  )
}

function bounded(turns: AskedTurn[]): AskedTurn[] {
  const kept = turns.length > maxTurns ? turns.slice(-maxTurns) : turns
  let characters = 0
  for (const { content } of kept) characters += content.length
  if (characters <= maxTurnCharacters) return kept
  let room = maxCharacters
  return kept.map((turn) => {
    const content = beginningOf(turn.content, Math.min(maxTurnCharacters, room))
    room -= content.length
    return content.length === turn.content.length ? turn : { ...turn, content, truncated: true }
  })
}
