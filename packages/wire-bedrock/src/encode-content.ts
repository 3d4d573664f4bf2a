import type { ContentPart, DocumentPart, MediaSource } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { withCachePoint } from './cache-points.ts'

export type DocumentNames = ReturnType<typeof createDocumentNames>

/** Names must differ within a request, and are made of letters, digits, blanks, hyphens and brackets only (T39). */
export function createDocumentNames() {
  const taken = new Set<string>()
  return (title: string | undefined): string => {
    const plain = (title ?? '')
      .replaceAll(/[^A-Za-z0-9\s\-()[\]]/g, '-')
      .replaceAll(/\s+/g, ' ')
      .trim()
    const base = plain === '' ? 'document' : plain.slice(0, 180)
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base} (${String(number)})`
    taken.add(name)
    return name
  }
}

export function encodeContent(
  parts: readonly ContentPart[],
  documentName: DocumentNames,
  path: readonly PropertyKey[],
): JsonObject[] {
  return parts.flatMap((part) => {
    switch (part.type) {
      case 'text':
        return withCachePoint({ text: part.text }, part.cache)
      case 'image':
        return withCachePoint({ image: encodeImage(part.source, path) }, part.cache)
      case 'document':
        return withCachePoint(encodeDocument(part, documentName, path), part.cache)
      case 'audio':
        throw refuse('the model behind this name does not take audio', path)
    }
  })
}

const imageFormats: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
}

function encodeImage(source: MediaSource, path: readonly PropertyKey[]): JsonObject {
  if (source.kind !== 'base64') {
    throw refuse('the model behind this name takes images as base64 data URLs only', path)
  }
  const format = imageFormats[source.mediaType.toLowerCase()]
  if (format === undefined) {
    throw refuse(`the model behind this name does not take ${source.mediaType}`, path)
  }
  return { format, source: { bytes: source.data } }
}

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
}

function encodeDocument(
  { source, title }: DocumentPart,
  documentName: DocumentNames,
  path: readonly PropertyKey[],
): JsonObject {
  const name = documentName(title)
  switch (source.kind) {
    case 'text':
      return {
        document: {
          format: 'txt',
          name,
          source: { bytes: Buffer.from(source.text).toString('base64') },
        },
      }
    case 'base64': {
      const format = documentFormats[source.mediaType.toLowerCase()]
      if (format === undefined) {
        throw refuse(`the model behind this name does not take ${source.mediaType}`, path)
      }
      return { document: { format, name, source: { bytes: source.data } } }
    }
    case 'url':
    case 'file':
      throw refuse('the model behind this name takes documents as base64 only', path)
  }
}
