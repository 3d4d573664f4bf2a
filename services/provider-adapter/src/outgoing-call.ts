import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { Claim } from '@sluice/generations'
import { GatewayError } from '@sluice/kernel/errors'
import type { UpstreamRequest } from '@sluice/upstream'
import { wireErrors } from '@sluice/wire/errors'
import type { ConvertedRequest } from '@sluice/wire/translate'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { disguiseHeaders } from './caller-disguise.ts'
import type { ProviderAdapterConfig } from './config.ts'
import { conversionOf, formatOf } from './conversions.ts'
import type { Media } from './media.ts'
import { parsedUrl } from './parsed-url.ts'
import type { CallableProvider } from './providers.ts'
import { ReplyReader } from './reply-reader.ts'

/** A call that is ready but for its credential, and what reads its answer. */
export interface OutgoingCall {
  readonly call: UpstreamRequest & { readonly headers: Record<string, string> }
  readonly converted: ConvertedRequest
  readonly reply: ReplyReader
}

/** What a generation asks of a provider, in the provider's words. Throws what the call cannot be put into them for. */
export function outgoingCall(
  { request, body }: Claim,
  target: RouteTarget,
  provider: CallableProvider,
  media: Media | null,
  { maxReplyBytes, maxStreamBytes, maxEventBytes }: ProviderAdapterConfig,
): OutgoingCall {
  const { wire, upstreamModel, maxTokens, traits } = target
  const { stream: isStream } = request
  const format = formatOf(wire)
  if (!format) throw new GatewayError(wireErrors.wire_unsupported)
  const conversion = conversionOf(request, body, wire, provider.row)
  const disguise = provider.disguiseFor(request.caller)
  const edits = {
    upstreamModel,
    stream: isStream,
    maxTokens,
    traits,
    ...(media === null ? {} : { media }),
    ...(disguise ? { disguise } : {}),
  }
  const converted = conversion.encodeRequest(body, edits)
  const replyEdits: ReplyEdits = {
    model: request.model,
    includeUsage: request.includeUsage,
    requestId: request.id,
    created: Math.floor(request.acceptedAt / 1_000),
    maxEventBytes: target.maxEventBytes ?? maxEventBytes,
    inputCharacters: converted.inputCharacters ?? body.length,
    request: converted.request,
    ...(converted.hints ? { hints: converted.hints } : {}),
  }

  const headers: Record<string, string> = {
    'content-type': converted.contentType ?? 'application/json',
    'x-request-id': request.id,
  }
  if (request.traceparent !== null) headers['traceparent'] = request.traceparent
  provider.addHeaders(request.headers, { callerWire: request.wire, wire, traits }, headers)
  if (disguise) disguiseHeaders(headers, disguise)
  const address = { wire, upstreamModel, stream: isStream }
  const url = parsedUrl(provider.address(address, (base) => conversion.url(base, edits)))
  return {
    call: { url, method: 'POST', headers, body: converted.body, tls: provider.tls },
    converted,
    reply: new ReplyReader({
      format,
      conversion,
      edits: replyEdits,
      isStream,
      isChat: request.operation === 'chat',
      maxReplyBytes,
      maxStreamBytes,
    }),
  }
}
