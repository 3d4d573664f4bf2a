import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import type { OutboundGuard } from '@sluice/outbound-guard'
import { sniffMedia } from '@sluice/outbound-guard/sniff-media'
import { type FetchedMedia, mediaUrls } from '@sluice/wire/media'
import { callerFormatOf } from './conversions.ts'
import { providerAdapterErrors } from './errors.ts'
import type { CallableProvider } from './providers.ts'

export type Media = ReadonlyMap<string, FetchedMedia>

/** Addresses in one call. */
const maxUrls = 32

/** Wires that take a file only in the call itself. */
const inlineWires: ReadonlySet<WireName> = new Set([
  'gemini',
  'ollama',
  'bedrock-converse',
  'bedrock-invoke',
])

/**
 * What has to be fetched for a call before it can be made; null = nothing. Throws when an address is one that the gateway would not fetch, also
 * where the provider fetches it itself: a server of one's own may stand where the caller must not reach.
 */
export function mediaFor(
  request: GenerationRequest,
  body: Buffer,
  wire: WireName,
  { row }: CallableProvider,
  guard: OutboundGuard,
): Promise<Media> | null {
  if (request.operation !== 'chat' || !request.needs.includes('images')) return null
  const format = callerFormatOf(request.wire)
  if (!format) return null
  const urls = mediaUrls(format.decodeRequest(body))
  const param = request.wire === 'openai-responses' ? 'input' : 'messages'
  if (urls.length > maxUrls) {
    const message = `More than ${String(maxUrls)} files by address in one call`
    throw new GatewayError(providerAdapterErrors.media_unusable, message, { param })
  }
  return namingParam(param, () => {
    for (const url of urls) guard.check(url)
    // Vertex has Anthropic's models without the part that fetches.
    const isInline = inlineWires.has(wire) || row.options.project !== undefined
    return urls.length > 0 && isInline && request.wire !== wire
      ? fetchAll(urls, guard, param)
      : null
  })
}

async function fetchAll(
  urls: readonly string[],
  guard: OutboundGuard,
  param: string,
): Promise<Media> {
  const media = await Promise.all(
    urls.map(async (url): Promise<[string, FetchedMedia]> => {
      const { status, body } = await namingParam(param, () => guard.fetch(url))
      const mediaType = sniffMedia(body)
      if (status === 200 && mediaType !== null)
        return [url, { mediaType, data: body.toString('base64') }]
      const message =
        status === 200
          ? 'A file that a message names is neither an image nor a PDF'
          : `The address of a file in a message answered ${String(status)}`
      throw new GatewayError(providerAdapterErrors.media_unusable, message, { param })
    }),
  )
  return new Map(media)
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
