import { isObject, type JsonObject } from '@sluice/wire/json'
import { readBody } from '@sluice/wire/read-body'
import { blocksOf } from './decode-messages.ts'

export interface CountableInput {
  /** To be counted by a tokenizer. */
  readonly texts: readonly string[]
  /** For what is no text: images, documents, and what stands between messages. */
  readonly tokens: number
}

/** Tokens that set a message off from the next. */
const perMessage = 4
/** Anthropic scales larger images down to about this. */
const perImage = 1_600
/** A page of a document is about 2,000 tokens, and about 60,000 characters of base64. */
const documentCharactersPerToken = 30

/** What an estimate of `count_tokens` is made from, for targets that do not count. Any body that a call may have is taken. */
export function countableInput(body: Buffer): CountableInput {
  const { system, messages, tools } = readBody(body)
  const texts: string[] = []
  let tokens = 0
  const addBlock = (block: JsonObject): void => {
    const { type, source, content, input } = block
    for (const name of ['text', 'thinking', 'name', 'title'] as const) {
      const value = block[name]
      if (typeof value === 'string' && value !== '') texts.push(value)
    }
    if (isObject(input)) texts.push(JSON.stringify(input))
    if (content !== undefined) blocksOf(content).forEach(addBlock)
    if (type === 'image') tokens += perImage
    else if (isObject(source)) {
      const { data, content: inner } = source
      if (inner !== undefined) blocksOf(inner).forEach(addBlock)
      else if (typeof data !== 'string') tokens += perImage
      else if (source['type'] === 'text') texts.push(data)
      else tokens += Math.ceil(data.length / documentCharactersPerToken)
    }
  }
  blocksOf(system).forEach(addBlock)
  for (const message of Array.isArray(messages) ? (messages as unknown[]) : []) {
    tokens += perMessage
    if (isObject(message)) blocksOf(message['content']).forEach(addBlock)
  }
  for (const tool of Array.isArray(tools) ? (tools as unknown[]) : []) {
    if (isObject(tool)) texts.push(describedTool(tool))
  }
  return { texts, tokens }
}

/** A deferred tool is not in the context until the model has looked for it: its name is. */
function describedTool({
  name,
  description,
  input_schema: schema,
  defer_loading: deferred,
}: JsonObject): string {
  return deferred === true
    ? JSON.stringify({ name })
    : JSON.stringify({ name, description, schema })
}
