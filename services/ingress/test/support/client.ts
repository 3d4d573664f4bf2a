import { connect, type Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import type { TestIngress } from './test-ingress.ts'
import { keys } from './test-ingress.ts'

export const chat = { model: 'acme/fast', messages: [{ role: 'user', content: 'Hello' }] }

export interface CallOptions {
  readonly headers?: Record<string, string>
  readonly path?: string
  readonly signal?: AbortSignal
  readonly key?: string | null
}

/** A string goes out as it is, anything else as JSON. */
export function post(
  { url }: { readonly url: string },
  body: unknown,
  options: CallOptions = {},
): Promise<Response> {
  const { headers, path = '/v1/chat/completions', signal, key = keys.all } = options
  return fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: signal ?? null,
  })
}

export interface GetOptions {
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  readonly key?: string | null
  readonly method?: string
}

export function get(
  { url }: { readonly url: string },
  path: string,
  { headers, signal, key = keys.all, method = 'GET' }: GetOptions = {},
): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
    signal: signal ?? null,
  })
}

export interface SseEvent {
  readonly id: string
  readonly data: string
}

/** The events of a whole stream, without its comments. */
export function eventsOf(text: string): SseEvent[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('id: '))
    .map((frame) => {
      const [id = '', ...data] = frame.split('\n')
      return {
        id: id.slice('id: '.length),
        data: data.map((line) => line.slice('data: '.length)).join('\n'),
      }
    })
}

export interface ErrorBody {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

export async function errorOf(response: Response): Promise<ErrorBody> {
  return ((await response.json()) as { error: ErrorBody }).error
}

/** A connection of its own, for what `fetch` hides: halves of requests, and ends that are not clean. */
export function rawConnection({ server }: TestIngress): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

export function rawRequest(body: string, headers: Record<string, string> = {}): string {
  const all = {
    host: 'localhost',
    authorization: `Bearer ${keys.all}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `POST /v1/chat/completions HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Everything until the server closes. */
export function untilClosed(socket: Socket): Promise<string> {
  return readText(socket)
}

/** Resolves once `condition` holds, looking again every few milliseconds; the test's own time limit bounds it. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
