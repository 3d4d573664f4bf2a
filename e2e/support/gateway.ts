import OpenAI from 'openai'

/** What the lane tells the black-box tests about the gateway they talk to. */
export interface GatewayUnderTest {
  readonly mode: 'embedded' | 'distributed'
  /** Base URLs of every ingress, without `/v1`. */
  readonly apis: readonly string[]
  readonly key: string
  readonly clusterJson: string | null
  /** JSON lines: every call the demo provider served. */
  readonly demoLog: string | null
}

export function gatewayUnderTest(): GatewayUnderTest {
  const { MODE, SLUICE_API, SLUICE_KEY, CLUSTER_JSON, DEMO_LOG } = process.env
  if (!SLUICE_API || !SLUICE_KEY) {
    throw new Error('SLUICE_API and SLUICE_KEY are not set: run these tests with `npm test`')
  }
  return {
    mode: MODE === 'distributed' ? 'distributed' : 'embedded',
    apis: SLUICE_API.split(','),
    key: SLUICE_KEY,
    clusterJson: CLUSTER_JSON || null,
    demoLog: DEMO_LOG || null,
  }
}

/** The official SDK, unmodified; without retries unless a test is about them. */
export function sdk(
  api: string,
  options: { readonly key?: string; readonly maxRetries?: number } = {},
): OpenAI {
  const { key, maxRetries = 0 } = options
  return new OpenAI({ baseURL: `${api}/v1`, apiKey: key ?? gatewayUnderTest().key, maxRetries })
}

/** A raw chat call, for what the SDK hides. */
export function postChat(
  api: string,
  body: unknown,
  options: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${api}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gatewayUnderTest().key}`,
      'content-type': 'application/json',
      ...options.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

/** What a generation's address answers: `getGeneration(api, id, '/stream')`. */
export function getGeneration(
  api: string,
  id: string,
  rest = '',
  options: {
    readonly headers?: Record<string, string>
    readonly signal?: AbortSignal
    readonly method?: string
    readonly key?: string
  } = {},
): Promise<Response> {
  const { headers, signal, method = 'GET', key = gatewayUnderTest().key } = options
  return fetch(`${api}/v1/generations/${id}${rest}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(signal ? { signal } : {}),
  })
}

/** The state of a generation, once it is no longer running. */
export function endStateOf(api: string, id: string, timeoutMs?: number): Promise<string> {
  const probe = async () => {
    const response = await getGeneration(api, id)
    const { state } = (await response.json()) as { state?: string }
    return state === undefined || state === 'accepted' || state === 'running' ? undefined : state
  }
  return eventually(`the end of ${id}`, probe, timeoutMs)
}

/** Repeats `probe` until it gives something, or fails with `what` after `timeoutMs`. */
export async function eventually<Value>(
  what: string,
  probe: () => Promise<Value | undefined>,
  timeoutMs = 15_000,
): Promise<Value> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (performance.now() > end) throw new Error(`not within ${String(timeoutMs)} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The error body of an answer, in OpenAI's shape. */
export async function errorOf(
  response: Response,
): Promise<{ message: string; type: string; param: string | null; code: string | null }> {
  const body = (await response.json()) as {
    error: { message: string; type: string; param: string | null; code: string | null }
  }
  return body.error
}
