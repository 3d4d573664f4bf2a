import type { countTokens } from '@sluice/contracts/rpc/provider-adapter'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { collectReply, type Upstream } from '@sluice/upstream'
import type { TargetEdits } from '@sluice/wire/wire-format'
import {
  anthropicMessages,
  countTokensRequest,
  countTokensUrl,
  decodeCountTokensReply,
} from '@sluice/wire-anthropic-messages'
import {
  countTokensUrl as geminiUrl,
  decodeCountTokens,
  encodeCountTokens,
} from '@sluice/wire-gemini'
import type { z } from 'zod'
import { parsedUrl } from './parsed-url.ts'
import type { CallableProvider } from './providers.ts'

type CountCall = z.infer<typeof countTokens.request>

interface CountContext {
  readonly provider: (name: string, tenant: string) => CallableProvider | null
  readonly upstream: Upstream
  readonly logger: Logger
}

const totalMs = 4_000
const maxReplyBytes = 65_536

/** One question, one answer, nothing kept: whoever asked has an estimate where there is none. */
export function createCountTokens(context: CountContext) {
  return async (call: CountCall): Promise<{ tokens: number | null }> => {
    try {
      return { tokens: await count(call, context) }
    } catch (problem) {
      const { provider } = call.target
      context.logger.warn({ provider, problem: messageOf(problem) }, 'tokens were not counted')
      return { tokens: null }
    }
  }
}

async function count({ target, tenantId, body, headers }: CountCall, context: CountContext) {
  const counter = counters[target.wire]
  const provider = context.provider(target.provider, tenantId)
  // Clouds that run other vendors' models have other addresses for it.
  if (!counter || !provider || provider.row.options.project !== undefined) return null
  const { upstreamModel, traits, wire } = target
  const edits = { upstreamModel, stream: false, maxTokens: null, traits }
  const call = {
    url: parsedUrl(counter.url(provider.row.baseUrl, edits)),
    method: 'POST' as const,
    headers: { 'content-type': 'application/json' } as Record<string, string>,
    body: counter.encode(Buffer.from(body, 'base64'), edits),
    tls: provider.tls,
    timeouts: { totalMs },
  }
  provider.addHeaders(headers, { callerWire: anthropicMessages.name, wire, traits }, call.headers)
  const credential = provider.keys.take()
  if (!credential) return null
  await credential.authorize(call)
  const reply = await collectReply(context.upstream, call, { maxBytes: maxReplyBytes })
  return reply.status === 200 ? counter.decode(reply.body) : null
}

interface Counter {
  url(baseUrl: string, target: TargetEdits): string
  encode(body: Buffer, target: TargetEdits): Buffer
  decode(reply: Buffer): number
}

/** Wires whose providers count. */
const counters: Readonly<Record<string, Counter | undefined>> = {
  'anthropic-messages': {
    url: (baseUrl) => countTokensUrl(baseUrl),
    encode: (body, { upstreamModel }) => countTokensRequest(body, upstreamModel),
    decode: decodeCountTokensReply,
  },
  gemini: {
    url: geminiUrl,
    encode: (body, target) => encodeCountTokens(anthropicMessages.decodeRequest(body), target),
    decode: decodeCountTokens,
  },
}
