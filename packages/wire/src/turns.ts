import type {
  AssistantPart,
  ContentPart,
  Message,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResult,
} from './canonical-request.ts'

/** A conversation of turns that alternate (T35), beginning with the user's. */
export type Turn =
  | {
      readonly role: 'user'
      /** Of all calls of the turn before, in their order; to be said before anything else (T14). */
      readonly results: readonly AnsweredCall[]
      readonly content: readonly ContentPart[]
    }
  | { readonly role: 'assistant'; readonly content: readonly AssistantPart[] }

export interface AnsweredCall extends Pick<ToolResult, 'content' | 'isError' | 'cache'> {
  readonly call: ToolCallPart
}

interface OpenCall {
  readonly call: ToolCallPart
  result: ToolResult | null
}

interface OpenTurn {
  readonly role: Turn['role']
  readonly parts: (ContentPart | AssistantPart)[]
  readonly calls: OpenCall[]
}

/** There must be a user's turn, also where the caller has nothing to say (T32). */
const nothingToSay: TextPart = Object.freeze({ type: 'text', text: '.' })

const noResult: readonly TextPart[] = Object.freeze([
  { type: 'text', text: 'There is no result of this call.' },
])

/**
 * Messages as vendors take them who want strict turns: system messages in front, in their order (T31); neighbours of one role merged; empty
 * texts left out (T33); every call answered right after its turn, by an error if nothing else (T14). A result without a call is said as text.
 * `keeps`: which thoughts the target can be given back.
 */
export function turnsOf(
  messages: readonly Message[],
  keeps: (thought: ReasoningPart) => boolean,
): {
  readonly system: readonly TextPart[]
  readonly turns: readonly Turn[]
} {
  const system: TextPart[] = []
  const open: OpenTurn[] = []
  /** By the caller's id, its latest call. */
  const calls = new Map<string, OpenCall>()
  const turnOf = (role: Turn['role']): OpenTurn => {
    const last = open.at(-1)
    if (last?.role === role) return last
    const turn: OpenTurn = { role, parts: [], calls: [] }
    open.push(turn)
    return turn
  }
  for (const message of messages) {
    switch (message.role) {
      case 'system':
        system.push(...message.content.filter(isSaid))
        break
      case 'user':
        turnOf('user').parts.push(...message.content)
        break
      case 'assistant': {
        const turn = turnOf('assistant')
        turn.parts.push(
          ...message.content.filter((part) => part.type !== 'reasoning' || keeps(part)),
        )
        for (const part of message.content) {
          if (part.type !== 'tool-call') continue
          const call: OpenCall = { call: part, result: null }
          calls.set(part.id, call)
          turn.calls.push(call)
        }
        break
      }
      case 'tool':
        for (const result of message.results) {
          // Also where the user says nothing beside: the model's next turn is another one.
          const turn = turnOf('user')
          const call = calls.get(result.callId)
          if (call?.result === null) call.result = result
          else turn.parts.push(...result.content)
        }
    }
  }
  const turns = close(open)
  if (turns[0]?.role !== 'user') {
    const said = turns.length === 0 ? system.pop() : undefined
    turns.unshift({ role: 'user', results: [], content: [said ?? nothingToSay] })
  }
  return { system, turns }
}

function close(open: readonly OpenTurn[]): Turn[] {
  const turns: Turn[] = []
  const addUser = (results: readonly AnsweredCall[], content: readonly ContentPart[]) => {
    if (results.length === 0 && content.length === 0) return
    const last = turns.at(-1)
    if (last?.role !== 'user') turns.push({ role: 'user', results, content })
    else turns[turns.length - 1] = { ...last, content: [...last.content, ...content] }
  }
  for (const { role, parts, calls } of open) {
    const said = parts.filter(isSaid)
    if (role === 'user') {
      addUser([], said as ContentPart[])
      continue
    }
    const content = said as AssistantPart[]
    const last = turns.at(-1)
    if (last?.role === 'assistant') {
      turns[turns.length - 1] = { role, content: [...last.content, ...content] }
    } else if (content.length > 0) turns.push({ role, content })
    addUser(calls.map(answered), [])
  }
  return turns
}

function answered({ call, result }: OpenCall): AnsweredCall {
  if (!result) return { call, content: noResult, isError: true }
  const { content, isError, cache } = result
  return { call, content, isError, ...(cache === undefined ? {} : { cache }) }
}

function isSaid(part: ContentPart | AssistantPart): boolean {
  return (part.type !== 'text' && part.type !== 'refusal') || part.text.trim() !== ''
}
