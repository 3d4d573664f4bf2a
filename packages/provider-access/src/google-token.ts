import { sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import { collectReply } from '@sluice/upstream'
import { wireErrors } from '@sluice/wire/errors'
import { z } from 'zod'
import type { Credential, CredentialContext } from './credentials.ts'

const scope = 'https://www.googleapis.com/auth/cloud-platform'
const jwtGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A file as Google Cloud hands it out: of a service account, or of a person that signed in with `gcloud`. */
const CredentialsFile = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('service_account'),
    client_email: z.string(),
    private_key: z.string(),
    private_key_id: z.string().optional(),
    token_uri: z.url().default('https://oauth2.googleapis.com/token'),
  }),
  z.object({
    type: z.literal('authorized_user'),
    client_id: z.string(),
    client_secret: z.string(),
    refresh_token: z.string(),
    token_uri: z.url().default('https://oauth2.googleapis.com/token'),
  }),
])
type CredentialsFile = z.infer<typeof CredentialsFile>

const TokenReply = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface Token {
  readonly value: string
  /** Monotonic ms. From `refreshAt` on another one is fetched while this one still serves, up to `endsAt`. */
  readonly refreshAt: number
  readonly endsAt: number
}

const maxReplyBytes = 65_536
const timeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 }

/** Fetched well before its end, so that no call waits for it, and no call is sent with one that ends on the way. */
const aheadMs = 5 * 60_000
const spareMs = 30_000

/** An OAuth access token: one fetch for all calls that wait, and one per lifetime. */
export function createGoogleToken(
  file: string,
  { upstream, clock }: CredentialContext,
): Credential {
  let token: Token | null = null
  let fetching: Promise<Token> | null = null

  const fetchToken = (): Promise<Token> => {
    fetching ??= requestToken()
      .then((fetched) => (token = fetched))
      .finally(() => {
        fetching = null
      })
    return fetching
  }

  const requestToken = async (): Promise<Token> => {
    const credentials = await readCredentials(file)
    const body = Buffer.from(grant(credentials, Math.floor(clock.now() / 1_000)).toString())
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const url = new URL(credentials.token_uri)
    const request = { url, method: 'POST', headers, body, timeouts } as const
    const askedAt = clock.monotonic()
    const reply = await collectReply(upstream, request, { maxBytes: maxReplyBytes })
    if (reply.status !== 200) throw refused(reply.status)
    const { value, lifetimeMs } = readToken(reply.body)
    const endsAt = askedAt + lifetimeMs - Math.min(spareMs, lifetimeMs / 10)
    return { value, endsAt, refreshAt: endsAt - Math.min(aheadMs, lifetimeMs / 4) }
  }

  return {
    number: 1,
    authorize({ headers }) {
      const now = clock.monotonic()
      if (token === null || now >= token.endsAt) {
        return fetchToken().then(({ value }) => {
          headers['authorization'] = `Bearer ${value}`
        })
      }
      headers['authorization'] = `Bearer ${token.value}`
      // This call does not wait for it, and a failure is the next one's to find out.
      if (now >= token.refreshAt) fetchToken().catch(() => undefined)
      return undefined
    },
    renew() {
      token = null
      return true
    },
  }
}

async function readCredentials(file: string): Promise<CredentialsFile> {
  try {
    return CredentialsFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    // A parse error repeats what it read.
    const problem =
      cause instanceof SyntaxError || cause instanceof z.ZodError
        ? 'not a credentials file of Google Cloud'
        : messageOf(cause)
    throw new GatewayError(wireErrors.upstream_auth, `${file}: ${problem}`)
  }
}

function grant(credentials: CredentialsFile, now: number): URLSearchParams {
  if (credentials.type === 'authorized_user') {
    const { client_id, client_secret, refresh_token } = credentials
    return new URLSearchParams({
      grant_type: 'refresh_token',
      client_id,
      client_secret,
      refresh_token,
    })
  }
  return new URLSearchParams({ grant_type: jwtGrant, assertion: assertion(credentials, now) })
}

/** RFC 7523, as Google takes it: RS256, an hour at most. `now`: Unix seconds. */
function assertion(
  account: Extract<CredentialsFile, { type: 'service_account' }>,
  now: number,
): string {
  const { client_email: iss, token_uri: aud, private_key, private_key_id: kid } = account
  const header = { alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) }
  const claims = { iss, scope, aud, iat: now, exp: now + 3_600 }
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), private_key).toString('base64url')}`
}

function readToken(body: Buffer): { readonly value: string; readonly lifetimeMs: number } {
  try {
    const { access_token, expires_in } = TokenReply.parse(JSON.parse(body.toString()))
    return { value: access_token, lifetimeMs: expires_in * 1_000 }
  } catch {
    // Not the cause: it repeats what it read, which may be a token.
    throw new GatewayError(wireErrors.upstream_error, 'the token endpoint answered no token')
  }
}

function refused(status: number): GatewayError {
  const message = `the token endpoint answered ${String(status)}`
  const isTemporary = status >= 500 || status === 429
  return new GatewayError(
    isTemporary ? wireErrors.upstream_error : wireErrors.upstream_auth,
    message,
  )
}
