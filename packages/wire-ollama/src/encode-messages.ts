import { type ChatMessage, refuse } from './chat-request.ts'
import { isObject, parseJson } from './json.ts'

export interface OllamaMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  readonly images?: readonly string[]
  readonly tool_calls?: readonly OllamaToolCall[]
  readonly tool_name?: string
}

export interface OllamaToolCall {
  readonly function: {
    readonly name: string
    readonly arguments: Readonly<Record<string, unknown>>
  }
}

/**
 * OpenAI's messages in Ollama's words: content as one string (T36), images as bare base64, arguments as objects (T13), results named by their tool.
 * `adapted` gets the name of what could not be kept.
 */
export function encodeMessages(
  messages: readonly ChatMessage[],
  adapted: Set<string>,
): OllamaMessage[] {
  // Ollama knows results by the name of the tool, OpenAI by the id of the call.
  const toolNames = new Map<string, string>()
  return messages.map((message, position) => {
    const { images, content } = flatten(message, position)
    const withImages = images.length > 0 ? { images } : {}
    switch (message.role) {
      case 'system':
      case 'developer':
        return { role: 'system', content, ...withImages }
      case 'assistant': {
        const calls = (message.tool_calls ?? []).flatMap(({ id, function: called }) => {
          if (!called) return []
          if (id !== undefined) toolNames.set(id, called.name)
          return [encodeToolCall(called.name, called.arguments, adapted)]
        })
        return { role: 'assistant', content, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
      }
      case 'tool':
      case 'function': {
        const name = toolNames.get(message.tool_call_id ?? '') ?? message.name
        return {
          role: 'tool',
          content,
          ...withImages,
          ...(name == null ? {} : { tool_name: name }),
        }
      }
      default:
        return { role: 'user', content, ...withImages }
    }
  })
}

function encodeToolCall(name: string, text: string, adapted: Set<string>): OllamaToolCall {
  const value = text.trim() === '' ? {} : parseJson(text)
  if (isObject(value)) return { function: { name, arguments: value } }
  adapted.add('messages.tool_calls.arguments')
  return { function: { name, arguments: {} } }
}

function flatten(
  { content }: ChatMessage,
  position: number,
): { content: string; images: readonly string[] } {
  if (typeof content === 'string') return { content, images: [] }
  const texts: string[] = []
  const images: string[] = []
  for (const [i, part] of (content ?? []).entries()) {
    const path = ['messages', position, 'content', i]
    if (part.image_url) images.push(imageData(part.image_url.url, [...path, 'image_url']))
    else if (part.text !== undefined) texts.push(part.text)
    else throw refuse(`this provider does not take content of type ${part.type}`, [...path, 'type'])
  }
  return { content: texts.join('\n'), images }
}

function imageData(url: string, path: readonly PropertyKey[]): string {
  const data = /^data:[^,]*;base64,/i.exec(url)
  if (!data) throw refuse('this provider takes images as base64 data URLs only', path)
  return url.slice(data[0].length)
}
