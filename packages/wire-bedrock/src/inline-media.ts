import { isObject, type JsonObject } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import type { TargetEdits } from '@sluice/wire/wire-format'

/** Bedrock fetches nothing: files that were fetched for the call take the place of their addresses (T39). */
export function inlineMedia(body: Buffer, media: NonNullable<TargetEdits['media']>): Buffer {
  const members = scanMembers(body, ['messages'])
  const messages = members.read('messages')
  if (!Array.isArray(messages)) return body
  const inline = (block: unknown): unknown => {
    if (!isObject(block)) return block
    if (Array.isArray(block['content'])) return { ...block, content: block['content'].map(inline) }
    const source = isObject(block['source']) ? fetched(block['source'], media) : null
    return source ? { ...block, source } : block
  }
  return members.edit({ messages: JSON.stringify((messages as unknown[]).map(inline)) })
}

function fetched(source: JsonObject, media: NonNullable<TargetEdits['media']>): JsonObject | null {
  const file = source['type'] === 'url' ? media.get(String(source['url'])) : undefined
  return file ? { type: 'base64', media_type: file.mediaType, data: file.data } : null
}
