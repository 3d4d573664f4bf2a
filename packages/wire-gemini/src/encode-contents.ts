import type { AssistantPart, Message, TextPart, ToolCallPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import { type AnsweredCall, turnsOf } from '@sluice/wire/turns'
import { encodePart } from './encode-parts.ts'
import type { ToolNames } from './tools.ts'

export interface ContentsContext {
  readonly names: ToolNames
  /** The model refuses a turn whose first call carries no thought signature. */
  readonly wantsSignatures: boolean
  /** Gets the name of what could not be kept. */
  readonly adapted: Set<string>
}

/**
 * What Google documents for calls whose signature the client did not give back, or that another vendor's model made (T25): the model accepts
 * it, with less memory of its thoughts.
 */
const placeholderSignature = 'skip_thought_signature_validator'

export function encodeContents(
  messages: readonly Message[],
  context: ContentsContext,
): { readonly systemInstruction: JsonObject | null; readonly contents: JsonObject[] } {
  // Thoughts of another vendor's model are none of this one's (T24).
  const { system, turns } = turnsOf(messages, ({ origin }) => origin === 'gemini')
  const contents = turns.map((turn): JsonObject => {
    if (turn.role === 'assistant')
      return { role: 'model', parts: encodeAnswer(turn.content, context) }
    const results = turn.results.map((result) => encodeResult(result, context))
    // Pictures that a tool found follow the results: only the newest models take them inside (T18).
    const found = turn.results.flatMap(({ content }) =>
      content.filter((part) => part.type !== 'text'),
    )
    const parts = [...results, ...[...found, ...turn.content].map((part) => encodePart(part))]
    return { role: 'user', parts }
  })
  return {
    systemInstruction: system.length > 0 ? { parts: [{ text: joined(system) }] } : null,
    contents,
  }
}

/** Text only, as one (T36). */
function joined(texts: readonly TextPart[]): string {
  return texts.map(({ text }) => text).join('\n\n')
}

function encodeAnswer(parts: readonly AssistantPart[], context: ContentsContext): JsonObject[] {
  const encoded: JsonObject[] = []
  let isFirstCall = true
  for (const part of parts) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        encoded.push({ text: part.text })
        break
      case 'reasoning': {
        const { text, signature } = part
        const signed = signature === undefined ? {} : { thoughtSignature: signature }
        encoded.push(text === '' ? { text: '', ...signed } : { text, thought: true, ...signed })
        break
      }
      case 'tool-call':
        encoded.push(encodeCall(part, isFirstCall, context))
        isFirstCall = false
    }
  }
  return encoded
}

/** Without ids, which Vertex refuses: Google knows results by name and order. */
function encodeCall(part: ToolCallPart, isFirst: boolean, context: ContentsContext): JsonObject {
  const args = argumentsOf(part)
  if (!args) context.adapted.add('messages.tool_calls.arguments')
  const placeholder = isFirst && context.wantsSignatures ? placeholderSignature : undefined
  const signature = part.signature ?? placeholder
  return {
    functionCall: { name: context.names.of(part.name), args: args ?? {} },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  }
}

/** Null when they are no object, which is all that Gemini takes. */
export function argumentsOf({ arguments: text }: ToolCallPart): JsonObject | null {
  const value = text.trim() === '' ? {} : parseJson(text)
  return isObject(value) ? value : null
}

/** A result is text, whatever it looks like: nothing in it is read or rewritten (T19, T20). */
function encodeResult(
  { call, content, isError }: AnsweredCall,
  { names }: ContentsContext,
): JsonObject {
  const texts = content.filter((part): part is TextPart => part.type === 'text')
  const text = texts.map((part) => part.text).join('\n')
  return {
    functionResponse: {
      name: names.of(call.name),
      response: isError ? { error: text } : { output: text },
    },
  }
}
