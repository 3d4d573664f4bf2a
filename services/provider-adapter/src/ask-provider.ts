import type { WireName } from '@sluice/contracts/wire-name'
import { collectReply, type Upstream } from '@sluice/upstream'
import type { CallableProvider } from './providers.ts'

/** What is asked for: a list that costs nothing, where the wire has one. */
const looksAt: Readonly<Partial<Record<WireName, (baseUrl: string) => string>>> = {
  'openai-chat': (base) => `${base}/models`,
  'openai-responses': (base) => `${base}/models`,
  'openai-completions': (base) => `${base}/models`,
  'anthropic-messages': (base) => `${base.replace(/\/v1$/, '')}/v1/models?limit=1`,
  gemini: (base) => `${base.replace(/\/v1beta$/, '')}/v1beta/models?pageSize=1`,
  ollama: (base) => `${base.replace(/\/api$/, '')}/api/tags`,
}

/** A real call with a real key that costs nothing. Rejects when nobody answers. */
export async function askProvider(
  provider: CallableProvider,
  { upstream, timeoutMs }: { readonly upstream: Upstream; readonly timeoutMs: number },
): Promise<{ readonly status: number }> {
  const { row, tls } = provider
  const url = new URL(looksAt[row.wire]?.(row.baseUrl) ?? row.baseUrl)
  const headers: Record<string, string> = { ...row.headers }
  if (row.wire === 'anthropic-messages') headers['anthropic-version'] = '2023-06-01'
  const call = { url, method: 'GET', headers, body: null, tls } as const
  await provider.keys.take()?.authorize(call)
  const timeouts = {
    connectMs: timeoutMs,
    firstByteMs: timeoutMs,
    idleMs: timeoutMs,
    totalMs: timeoutMs,
  }
  const { status } = await collectReply(upstream, { ...call, timeouts })
  return { status }
}
