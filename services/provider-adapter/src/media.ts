import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import type { OutboundGuard } from '@sluice/outbound-guard'
import { sniffMedia } from '@sluice/outbound-guard/sniff-media'
import { type FetchedMedia, type MediaKind, mediaUrls } from '@sluice/wire/media'
import { callerFormatOf } from './conversions.ts'
import { providerAdapterErrors } from './errors.ts'
import type { CallableProvider } from './providers.ts'

export type Media = ReadonlyMap<string, FetchedMedia>

/** Addresses in one call. */
const maxUrls = 32

/** Of all files of one call, bytes: as much as a call itself may have. */
const maxTotalBytes = 32 * 1024 * 1024

/** Fetched at once for one call: what is on its way is in memory beside what is there. */
const maxFetches = 4

/** Wires that take a file only in the call itself. */
const inlineWires: ReadonlySet<WireName> = new Set([
  'gemini',
  'ollama',
  'bedrock-converse',
  'bedrock-invoke',
])

/** Chat has addresses of images, but documents only as data. */
const inlineDocumentWires: ReadonlySet<WireName> = new Set([...inlineWires, 'openai-chat'])

const kinds: Readonly<Record<MediaKind, { readonly type: RegExp; readonly name: string }>> = {
  image: { type: /^image\//, name: 'an image' },
  document: { type: /^application\/pdf$/, name: 'a PDF' },
}

/**
 * What has to be fetched for a call before it can be made; null = nothing. Throws when an address is one that the gateway would not fetch, also
 * where the provider fetches it itself: a server of one's own may stand where the caller must not reach.
 */
export function mediaFor(
  request: GenerationRequest,
  body: Buffer,
  providerWire: WireName,
  { row }: CallableProvider,
  guard: OutboundGuard,
): Promise<Media> | null {
  const { operation, needs, documents, wire: dialect } = request
  if (operation !== 'chat' || !(documents || needs.includes('images'))) return null
  const format = callerFormatOf(dialect)
  if (!format) return null
  const named = mediaUrls(format.decodeRequest(body))
  const urls = [...named.keys()]
  const param = dialect === 'openai-responses' ? 'input' : 'messages'
  if (urls.length > maxUrls) {
    throw unusable(`More than ${String(maxUrls)} files by address in one call`, param)
  }
  return namingParam(param, () => {
    for (const url of urls) guard.check(url)
    // Vertex has Anthropic's models without the part that fetches.
    const isCloud = row.options.project !== undefined
    const isInline = (kind: MediaKind) =>
      isCloud || (kind === 'image' ? inlineWires : inlineDocumentWires).has(providerWire)
    const wanted = [...named].filter(([, kind]) => dialect !== providerWire && isInline(kind))
    return wanted.length > 0 ? fetchAll(wanted, guard, param) : null
  })
}

async function fetchAll(
  wanted: readonly (readonly [string, MediaKind])[],
  guard: OutboundGuard,
  param: string,
): Promise<Media> {
  const media = new Map<string, FetchedMedia>()
  const rest = wanted.values()
  const others = new AbortController()
  let total = 0
  const fetchRest = async () => {
    for (const [url, kind] of rest) {
      const maxBytes = maxTotalBytes - total
      const { signal } = others
      const { status, body } = await namingParam(param, () =>
        guard.fetch(url, { maxBytes, signal }),
      )
      total += body.length
      if (total > maxTotalBytes)
        throw unusable('The files of this call are too large together', param)
      media.set(url, {
        mediaType: typeOf(status, body, kind, param),
        data: body.toString('base64'),
      })
    }
  }
  try {
    await Promise.all(Array.from({ length: maxFetches }, fetchRest))
  } finally {
    // The first that fails ends them all.
    others.abort()
  }
  return media
}

function typeOf(status: number, body: Buffer, kind: MediaKind, param: string): string {
  if (status !== 200)
    throw unusable(`The address of a file in a message answered ${String(status)}`, param)
  const mediaType = sniffMedia(body)
  if (mediaType !== null && kinds[kind].type.test(mediaType)) return mediaType
  throw unusable(`A file that a message names is not ${kinds[kind].name}`, param)
}

function unusable(message: string, param: string): GatewayError {
  return new GatewayError(providerAdapterErrors.media_unusable, message, { param })
}

/** What the guard refuses is in the messages of the call. */
function namingParam<Result>(param: string, work: () => Result): Result {
  const named = (error: unknown) => {
    if (!GatewayError.is(error) || error.param !== undefined) return error
    return new GatewayError(error.definition, error.message, { param, cause: error })
  }
  try {
    const result = work()
    if (result instanceof Promise)
      return result.catch((error: unknown) => Promise.reject(named(error))) as Result
    return result
  } catch (error) {
    throw named(error)
  }
}
