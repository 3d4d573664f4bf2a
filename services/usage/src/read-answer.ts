import type { AskedTurn } from '@sluice/contracts/generation/asked-turns'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import {
  maxTurnCharacters,
  type TurnToolCall,
} from '@sluice/contracts/topics/conversation-turn-recorded'
import type { WireName } from '@sluice/contracts/wire-name'
import { beginningOf } from '@sluice/kernel/beginning-of'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import type { WireFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiCompletions } from '@sluice/wire-openai-completions'
import { openAiResponses } from '@sluice/wire-openai-responses'

/** What a log says in the end, without what the model thought. */
export interface Answer {
  /** More than one where the caller asked for several; never empty. */
  readonly choices: readonly AskedTurn[]
  readonly finishReason: string | null
}

/** The dialects of callers, which logs are in. */
const dialects: Partial<Record<WireName, WireFormat>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'openai-completions': openAiCompletions,
  'anthropic-messages': anthropicMessages,
}
const newline = 10
const maxEventBytes = 64 * 1024 * 1024

export interface AnswerOptions {
  readonly requestId: string
  readonly stream: boolean
  /** The log goes on behind these entries. */
  readonly isCut: boolean
}

/** Never throws: of what cannot be read there is as much as could be. */
export function readAnswer(entries: readonly LogEntry[], options: AnswerOptions): Answer {
  const finishReason = entries.at(-1)?.end?.finishReason ?? null
  const wire = entries[0]?.head?.wire
  const dialect = wire === undefined ? undefined : dialects[wire]
  const choices = [new ChoiceText()]
  try {
    if (dialect && options.stream) readStream(dialect, entries, options.requestId, choices)
    else if (dialect) readReply(dialect, joined(entries), options.requestId, choices)
  } catch {
    // What was read before stays.
  }
  return { choices: choices.map((choice) => choice.turn(options.isCut)), finishReason }
}

function readReply(
  dialect: WireFormat,
  body: Buffer,
  requestId: string,
  choices: ChoiceText[],
): void {
  const { content, others } = dialect.decodeReply(body, { requestId, maxEventBytes })
  for (const part of content) choiceOf(choices, 0).add(part)
  for (const [i, other] of others?.entries() ?? [])
    for (const part of other.content) choiceOf(choices, i + 1).add(part)
}

function readStream(
  dialect: WireFormat,
  entries: readonly LogEntry[],
  requestId: string,
  choices: ChoiceText[],
): void {
  const decoder = dialect.createPartDecoder({ requestId, maxEventBytes })
  const add = (parts: readonly StreamPart[]) => {
    for (const part of parts) choiceOf(choices, part.choice ?? 0).addPiece(part)
  }
  for (const { data } of entries) if (data.length > 0) add(decoder.push(framed(data)))
  const end = decoder.end()
  if (end.ok) add(end.parts)
}

function choiceOf(choices: ChoiceText[], index: number): ChoiceText {
  while (choices.length <= index) choices.push(new ChoiceText())
  return choices[index] as ChoiceText
}

function joined(entries: readonly LogEntry[]): Buffer {
  const [only] = entries
  if (only && entries.length === 1) return only.data
  const data = entries.flatMap((entry) => (entry.data.length > 0 ? [entry.data] : []))
  return Buffer.concat(data)
}

/** Payloads, one a line, as the events of a stream that they are. */
function framed(data: Buffer): Buffer {
  if (!data.includes(newline)) return Buffer.concat([opening, data, closing])
  return Buffer.from(`data: ${data.toString().replaceAll('\n', '\n\ndata: ')}\n\n`)
}
const opening = Buffer.from('data: ')
const closing = Buffer.from('\n\n')

/** The text of one answer, put together from its pieces; no longer than a turn can be. */
class ChoiceText {
  #content = ''
  readonly #calls: TurnToolCall[] = []
  #characters = 0
  #truncated = false

  add(part: AssistantPart): void {
    if (part.type === 'text' || part.type === 'refusal') this.#content += this.#fitting(part.text)
    else if (part.type === 'tool-call') {
      const { id, name } = part
      this.#calls.push({ id, name, arguments: this.#fitting(part.arguments) })
    }
  }

  addPiece(part: StreamPart): void {
    if (part.type === 'text' || part.type === 'refusal') this.#content += this.#fitting(part.text)
    else if (part.type === 'tool-call') {
      const { index, id, name } = part
      this.#calls[index] = { id, name, arguments: '' }
    } else if (part.type === 'tool-arguments') {
      const call = this.#calls[part.index]
      if (call) call.arguments += this.#fitting(part.text)
    }
  }

  turn(isCut: boolean): AskedTurn {
    const turn: AskedTurn = { role: 'assistant', content: this.#content }
    if (this.#calls.length > 0) turn.tool_calls = this.#calls.filter(Boolean)
    if (this.#truncated || isCut) turn.truncated = true
    return turn
  }

  #fitting(text: string): string {
    const room = maxTurnCharacters - this.#characters
    this.#characters += text.length
    if (text.length <= room) return text
    this.#truncated = true
    return room > 0 ? beginningOf(text, room) : ''
  }
}
