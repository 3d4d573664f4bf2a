import type { ContentPart, MediaSource } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'

/** What a user says, or what a tool found that is no text. */
export function encodePart(part: ContentPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { text: part.text }
    case 'image':
      return encodeSource(part.source, 'image/jpeg')
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } }
    case 'document':
      if (part.source.kind === 'text') return { text: part.source.text }
      return encodeSource(part.source, 'application/pdf')
  }
}

/** An address is Google's to fetch: nothing is fetched here. */
function encodeSource(source: MediaSource, fallback: string): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: source.mediaType, data: source.data } }
    case 'url':
      return fileData(source.url, fallback)
    case 'file':
      // Its files have an address each, or `files/` before the name; ids of other vendors mean nothing there.
      if (/^(?:https?|gs):\/\/|^files\//.test(source.id)) return fileData(source.id, fallback)
      throw refuse('the model behind this name does not know this file', ['messages'])
  }
}

const typesByExtension: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  mp4: 'video/mp4',
}

function fileData(fileUri: string, fallback: string): JsonObject {
  const [, extension = ''] = /\.([a-z0-9]{2,5})(?:[?#].*)?$/i.exec(fileUri) ?? []
  return { fileData: { fileUri, mimeType: typesByExtension[extension.toLowerCase()] ?? fallback } }
}
