/** Addresses of the chat call: canonical, without the prefix, and below the client API. */
export const chatPaths: string[] = [
  '/v1/chat/completions',
  '/chat/completions',
  '/api/client/v1/chat/completions',
]

const chatUrls = new Set(chatPaths.flatMap((path) => [path, `${path}/`]))

/** Whether this URL is an inference call, with or without a query and a last slash. */
export function isChatUrl(url: string): boolean {
  if (chatUrls.has(url)) return true
  const query = url.indexOf('?')
  return query !== -1 && chatUrls.has(url.slice(0, query))
}
