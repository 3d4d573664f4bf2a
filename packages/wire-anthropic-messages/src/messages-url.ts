/** Anthropic's SDKs take a base URL without `/v1`, others write it: both are right. */
export function messagesUrl(baseUrl: string): string {
  const base = baseUrl.replace(/\/+$/, '')
  return `${base}${base.endsWith('/v1') ? '' : '/v1'}/messages`
}
