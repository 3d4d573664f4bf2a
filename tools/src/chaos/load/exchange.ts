import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

export interface Exchange {
  readonly api: string
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Until the head of the answer. */
  readonly timeoutMs: number
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
/** Longer than the longest pause of an answer: the gateway fills those with comments every 15 s. */
const silenceMs = 40_000

/** Resolves with the head of the answer; rejects when there was none. */
export function exchange({
  api,
  path,
  method,
  headers,
  body,
  timeoutMs,
}: Exchange): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api}${path}`, { method, headers, agent }, (response) => {
      clearTimeout(timer)
      response.setTimeout(silenceMs, () => response.destroy(new Error('silence')))
      resolve(response)
    })
    const timer = setTimeout(() => sent.destroy(new Error('timeout')), timeoutMs)
    sent.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    sent.end(body)
  })
}

const ErrorBody = z.object({ error: z.object({ code: z.string().nullish() }) })

/** The body of an answer that is no stream; null when it broke. */
export async function bodyOf(response: IncomingMessage): Promise<string | null> {
  return text(response).catch(() => null)
}

/** The `code` of an error in OpenAI's shape. */
export function errorCode(body: string | null): string | null {
  try {
    return ErrorBody.parse(JSON.parse(body ?? '')).error.code ?? null
  } catch {
    return null
  }
}

export function failureOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
