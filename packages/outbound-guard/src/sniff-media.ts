/** Kinds of media that models take, by how their files begin. What a server calls it is not asked. */
const signatures: readonly {
  readonly mediaType: string
  readonly starts: readonly { readonly at: number; readonly text: string }[]
}[] = [
  { mediaType: 'image/png', starts: [{ at: 0, text: '\x89PNG\r\n\x1A\n' }] },
  { mediaType: 'image/jpeg', starts: [{ at: 0, text: '\xFF\xD8\xFF' }] },
  { mediaType: 'image/gif', starts: [{ at: 0, text: 'GIF87a' }] },
  { mediaType: 'image/gif', starts: [{ at: 0, text: 'GIF89a' }] },
  {
    mediaType: 'image/webp',
    starts: [
      { at: 0, text: 'RIFF' },
      { at: 8, text: 'WEBP' },
    ],
  },
  { mediaType: 'image/heic', starts: [{ at: 4, text: 'ftypheic' }] },
  { mediaType: 'image/avif', starts: [{ at: 4, text: 'ftypavif' }] },
  { mediaType: 'application/pdf', starts: [{ at: 0, text: '%PDF-' }] },
]

/** Media type by content; null = none of those, which includes SVG and HTML. */
export function sniffMedia(data: Buffer): string | null {
  const found = signatures.find(({ starts }) =>
    starts.every(({ at, text }) => data.toString('latin1', at, at + text.length) === text),
  )
  return found?.mediaType ?? null
}
