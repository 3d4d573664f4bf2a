import { createHash, createHmac } from 'node:crypto'

export interface AwsKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

export interface SignedCall {
  readonly method: string
  readonly url: URL
  /** Lower-case names; all of them are signed. The signature is added to them. */
  readonly headers: Record<string, string>
  readonly body: Buffer | null
}

export interface AwsScope {
  readonly region: string
  readonly service: string
}

const algorithm = 'AWS4-HMAC-SHA256'

/** Signs a call (Signature Version 4) by adding `x-amz-date`, the session's token and `authorization` to its headers. `now`: Unix ms. */
export function signCall(call: SignedCall, key: AwsKey, scope: AwsScope, now: number): void {
  const { headers, url } = call
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  headers['x-amz-date'] = time
  if (key.sessionToken !== null) headers['x-amz-security-token'] = key.sessionToken

  const signed: Record<string, string> = { host: url.host }
  for (const [name, value] of Object.entries(headers)) {
    if (!unsigned.has(name)) signed[name] = value.trim().replaceAll(/ +/g, ' ')
  }
  const names = Object.keys(signed).toSorted()
  const canonical = [
    call.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...names.map((name) => `${name}:${signed[name] ?? ''}`),
    '',
    names.join(';'),
    sha256(call.body ?? ''),
  ].join('\n')
  const credential = `${day}/${scope.region}/${scope.service}/aws4_request`
  const signature = hmac(
    signingKey(key.secretAccessKey, day, scope),
    [algorithm, time, credential, sha256(canonical)].join('\n'),
  ).toString('hex')
  headers['authorization'] =
    `${algorithm} Credential=${key.accessKeyId}/${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
}

/** Proxies on the way may change them. */
const unsigned = new Set(['authorization', 'user-agent', 'traceparent', 'connection', 'expect'])

/** Members are encoded once more than they are sent. */
function canonicalPath(pathname: string): string {
  return pathname.split('/').map(encode).join('/')
}

function canonicalQuery(query: URLSearchParams): string {
  return Array.from(query, ([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
}

/** RFC 3986: what `encodeURIComponent` leaves alone beyond the unreserved characters is encoded too. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function signingKey(secret: string, day: string, { region, service }: AwsScope): Buffer {
  const steps = [day, region, service, 'aws4_request']
  return steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secret}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
