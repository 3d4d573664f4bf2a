import type { AskedTurn } from '@sluice/contracts/generation/asked-turns'
import type { TurnAttachment } from '@sluice/contracts/topics/conversation-turn-recorded'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'

/** Told of one message. */
const maxAttachments = 256

type Content = Pick<AskedTurn, 'content' | 'attachments'>

/**
 * What stands in a message, in any dialect: their part types never mean two things. Texts are lines; of a file only what it was is kept. What
 * is none of them (a part that only one vendor knows) is left out.
 */
export function contentOf(content: unknown): Content {
  if (typeof content === 'string') return { content }
  if (!Array.isArray(content)) return { content: '' }
  const texts: string[] = []
  const attachments: TurnAttachment[] = []
  for (const part of content as unknown[]) {
    if (typeof part === 'string') texts.push(part)
    if (!isObject(part)) continue
    const text = textIn(part)
    if (text !== null) texts.push(text)
    const file = text === null ? attachmentIn(part) : null
    if (file && attachments.length < maxAttachments) attachments.push(file)
  }
  const joined = texts.length === 1 ? (texts[0] as string) : texts.join('\n')
  return attachments.length === 0 ? { content: joined } : { content: joined, attachments }
}

function textIn({ type, text, refusal }: JsonObject): string | null {
  if (type === 'text' || type === 'input_text' || type === 'output_text') return textOrEmpty(text)
  return type === 'refusal' ? textOrEmpty(refusal) : null
}

function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function attachmentIn(part: JsonObject): TurnAttachment | null {
  switch (part['type']) {
    case 'image_url':
    case 'input_image': {
      const { image_url: image } = part
      return named('image', isObject(image) ? image['url'] : image)
    }
    case 'input_audio': {
      const audio = isObject(part['input_audio']) ? part['input_audio'] : part
      const format = stringOrNull(audio['format'])
      const media_type = format === null ? null : `audio/${format}`
      return { kind: 'audio', media_type, bytes: decodedBytes(audio['data'], 0) }
    }
    case 'file': {
      const file = isObject(part['file']) ? part['file'] : {}
      return named('document', file['file_data'])
    }
    case 'input_file':
      return named('document', part['file_data'])
    case 'image':
    case 'document':
      return sourced(part['type'], part['source'])
    default:
      return null
  }
}

const dataUrl = /^data:([^;,]{0,200})[^,]{0,200};base64,/i

function named(kind: TurnAttachment['kind'], url: unknown): TurnAttachment {
  const data = typeof url === 'string' ? dataUrl.exec(url) : null
  if (!data) return { kind, media_type: null, bytes: null }
  return { kind, media_type: data[1] || null, bytes: decodedBytes(url, data[0].length) }
}

/** Anthropic's form. */
function sourced(kind: 'image' | 'document', source: unknown): TurnAttachment {
  if (!isObject(source)) return { kind, media_type: null, bytes: null }
  const { type, data } = source
  const media_type = stringOrNull(source['media_type'])
  if (type === 'text' && typeof data === 'string')
    return { kind, media_type, bytes: Buffer.byteLength(data) }
  return { kind, media_type, bytes: type === 'base64' ? decodedBytes(data, 0) : null }
}

/** Of the Base64 that begins at `from`. */
function decodedBytes(data: unknown, from: number): number | null {
  if (typeof data !== 'string') return null
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor(((data.length - from) * 3) / 4) - padding)
}
