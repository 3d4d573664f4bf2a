/** They belong to one connection, or are made by the client itself. */
const ownedByTheConnection = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** undici's flat form. `identity`, because a compressed stream would have to be decompressed piece by piece to be read as it comes. */
export function toHeaderList(headers: Readonly<Record<string, string>>): string[] {
  const list = ['accept-encoding', 'identity']
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && !ownedByTheConnection.has(name)) list.push(name, value)
  }
  return list
}
