import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '@sluice/kernel/clock'
import type { DemoReply } from './demo-reply.ts'

/** One call as the provider saw it. Credentials are only said to be there, never written down. */
export interface ServedCall {
  /** RFC 3339. */
  readonly time: string
  readonly path: string
  readonly model: string | null
  readonly stream: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly request_id: string | null
  /** Start of the SHA-256 of the credential it came with, hex; null = it had none. Tells two keys apart, and neither of them. */
  readonly credential: string | null
  /** Names of end users, conversations and caches that the body holds, by member. */
  readonly names: Readonly<Record<string, string>>
  /** SHA-256 of the body, hex. */
  readonly body_hash: string
  readonly status: number
  /** Tokens of the answer that were written. */
  readonly tokens: number
  /** The text of those tokens; empty for tool calls. */
  readonly text: string
  readonly prompt_tokens: number
  /** `error`: the scenario broke the answer off; `aborted`: the client left. */
  readonly outcome: 'completed' | 'error' | 'aborted'
  readonly duration_ms: number
}

const nameMembers = ['user', 'safety_identifier', 'prompt_cache_key', 'metadata.user_id']

const credentials = new Set(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie'])

/** Follows one response; `finish` is called once, when it was sent whole or its client went away. */
export class CallRecord {
  model: string | null = null
  stream = false
  tokens = 0
  broken = false
  reply: DemoReply | null = null
  body: Buffer = Buffer.alloc(0)

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    clock: Clock,
    finish: (call: ServedCall) => void,
  ) {
    const startedAt = clock.now()
    response.once('close', () => {
      finish({
        time: new Date(startedAt).toISOString(),
        path: request.url ?? '',
        model: this.model,
        stream: this.stream,
        headers: visibleHeaders(request),
        request_id: text(request.headers['x-request-id']),
        credential: credentialOf(request),
        names: namesIn(this.body),
        body_hash: hash('sha256', this.body, 'hex'),
        status: response.statusCode,
        tokens: this.tokens,
        text: this.reply?.tokens.slice(0, this.tokens).join('') ?? '',
        prompt_tokens: this.reply?.promptTokens ?? 0,
        outcome: this.broken ? 'error' : response.writableFinished ? 'completed' : 'aborted',
        duration_ms: clock.now() - startedAt,
      })
    })
  }
}

function visibleHeaders(request: IncomingMessage): Record<string, string> {
  const visible: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    visible[name] = credentials.has(name) ? '[present]' : String(value)
  }
  return visible
}

function credentialOf({ headers }: IncomingMessage): string | null {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  const key = bearer ?? text(headers['x-api-key']) ?? text(headers['x-goog-api-key'])
  return key === null ? null : hash('sha256', key).slice(0, 16)
}

function namesIn(body: Buffer): Record<string, string> {
  let call: unknown
  try {
    call = JSON.parse(body.toString())
  } catch {
    return {} // a form, or garbage: the status says it
  }
  if (typeof call !== 'object' || call === null) return {}
  const { metadata, ...members } = call as { metadata?: { user_id?: unknown } | null }
  const said: Record<string, unknown> = { ...members, 'metadata.user_id': metadata?.user_id }
  const names: Record<string, string> = {}
  for (const name of nameMembers) {
    const value = said[name]
    if (typeof value === 'string') names[name] = value
  }
  return names
}

function text(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null
}
