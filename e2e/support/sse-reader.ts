export interface SseEvent {
  readonly id: string
  readonly data: string
}

export interface StreamRead {
  readonly status: number
  readonly requestId: string
  /** Whole ones only: what was cut in the middle was never received. */
  readonly events: readonly SseEvent[]
  /** Comments seen. */
  readonly comments: number
  /** `end`: the server closed cleanly; `broken`: the connection failed; `cut`: we closed it. */
  readonly ending: 'end' | 'broken' | 'cut'
  readonly body: string
  /** From the request to the first byte of the body, ms. */
  readonly firstByteMs: number | null
}

/** Reads a response like an SSE client does, and drops its connection after so many bytes of the body. */
export async function readSse(
  open: (signal: AbortSignal) => Promise<Response>,
  cutAfterBytes = Number.POSITIVE_INFINITY,
): Promise<StreamRead> {
  const connection = new AbortController()
  const startedAt = performance.now()
  const response = await open(connection.signal)
  const pieces: Uint8Array[] = []
  let bytes = 0
  let firstByteMs: number | null = null
  let ending: StreamRead['ending'] = 'end'
  try {
    const body = (response.body ?? []) as AsyncIterable<Uint8Array>
    for await (const piece of body) {
      firstByteMs ??= performance.now() - startedAt
      pieces.push(piece.subarray(0, cutAfterBytes - bytes))
      bytes += piece.length
      if (bytes >= cutAfterBytes) break
    }
  } catch {
    ending = 'broken'
  }
  if (bytes >= cutAfterBytes) ending = 'cut'
  connection.abort()
  const text = Buffer.concat(pieces).toString()
  const frames = text.split('\n\n').slice(0, -1)
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? '',
    events: frames.filter((frame) => frame.startsWith('id: ')).map(parseFrame),
    comments: frames.filter((frame) => frame.startsWith(':')).length,
    ending,
    body: text,
    firstByteMs,
  }
}

function parseFrame(frame: string): SseEvent {
  const lines = frame.split('\n')
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length))
  return { id: values('id: ')[0] ?? '', data: values('data: ').join('\n') }
}

/** Whether this event ends an answer in OpenAI's dialect. */
export function isTerminal({ data }: SseEvent): boolean {
  return data === '[DONE]' || data.startsWith('{"error"')
}

export function textOf(events: readonly SseEvent[]): string {
  return events
    .filter((event) => !isTerminal(event))
    .map(({ data }) => (JSON.parse(data) as Chunk).choices[0]?.delta?.content ?? '')
    .join('')
}

interface Chunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[]
}
