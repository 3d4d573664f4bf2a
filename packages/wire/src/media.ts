import type { CanonicalRequest, ContentPart, Message } from './canonical-request.ts'

/** A file that was fetched for a call. */
export interface FetchedMedia {
  readonly mediaType: string
  /** Base64. */
  readonly data: string
}

/** What messages name by its address. */
export type MediaKind = 'image' | 'document'

/** The addresses of images and documents in a call, each once, and as what it is first named. */
export function mediaUrls({ messages }: CanonicalRequest): ReadonlyMap<string, MediaKind> {
  const urls = new Map<string, MediaKind>()
  for (const part of messages.flatMap(contentOf)) {
    if (part.type !== 'image' && part.type !== 'document') continue
    const url = urlOf(part)
    if (url !== null && !urls.has(url)) urls.set(url, part.type)
  }
  return urls
}

/** The call with files in place of their addresses; an address that is not in `media` stays (T39). */
export function withMedia(
  request: CanonicalRequest,
  media: ReadonlyMap<string, FetchedMedia>,
): CanonicalRequest {
  const inline = (part: ContentPart): ContentPart => {
    const fetched = media.get(urlOf(part) ?? '')
    if (!fetched || (part.type !== 'image' && part.type !== 'document')) return part
    return { ...part, source: { kind: 'base64', ...fetched } }
  }
  const messages = request.messages.map((message): Message => {
    if (message.role === 'user') return { ...message, content: message.content.map(inline) }
    if (message.role !== 'tool') return message
    const results = message.results.map((result) => ({
      ...result,
      content: result.content.map(inline),
    }))
    return { ...message, results }
  })
  return { ...request, messages }
}

function contentOf(message: Message): readonly ContentPart[] {
  if (message.role === 'user') return message.content
  return message.role === 'tool' ? message.results.flatMap(({ content }) => content) : []
}

function urlOf(part: ContentPart): string | null {
  if (part.type !== 'image' && part.type !== 'document') return null
  return part.source.kind === 'url' ? part.source.url : null
}
