import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { environment as stores } from '@sluice/adapters/adapters-config'
import { environment as address } from '@sluice/adapters/api-address'
import { type Environment, envText, readEnvironment } from '@sluice/kernel/env'
import { defineErrors, GatewayError, messageOf } from '@sluice/kernel/errors'
import { createSluice, type Sluice } from '@sluice/sdk'
import { z } from 'zod'
import { checkCall } from './check-call.ts'

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' })

/** Which gateway the commands call that need one. */
export const environment = z.object({
  SLUICE_URL: httpUrl
    .optional()
    .describe('gateway that commands call (absent: PORT of this machine)'),
  SLUICE_KEY: envText
    .optional()
    .describe(
      'key that commands call it with (absent: AUTH_TOKEN; on this machine the development key in DATA_DIR)',
    ),
})

export interface GatewayOptions {
  readonly url?: string
  readonly key?: string
}

export const clientErrors = defineErrors({
  gateway_away: { status: 503, retryable: true, title: 'No gateway answers' },
  gateway_unknown: { status: 502, retryable: false, title: 'No gateway' },
  gateway_refused: { status: 403, retryable: false, title: 'The gateway refused the call' },
})

const timeoutMs = 10_000

export interface GatewayClient {
  readonly url: string
  readonly hasKey: boolean
  /** What a call answered, whatever its status. A gateway that is away is an error that says what to do. */
  call<Reply extends { readonly response: Response }>(
    ask: (sluice: Sluice) => Promise<Reply>,
  ): Promise<Reply>
  /** The data of a call that has to succeed. */
  read<Data>(
    ask: (sluice: Sluice) => Promise<{
      readonly data?: Data
      readonly error?: unknown
      readonly response: Response
    }>,
  ): Promise<NonNullable<Data>>
}

export function openGateway(env: Environment, given: GatewayOptions): GatewayClient {
  const settings = readEnvironment(environment, env)
  if (given.url !== undefined) checkCall(z.object({ url: httpUrl }), { url: given.url })
  const url = (given.url ?? settings.SLUICE_URL ?? localUrl(env)).replace(/\/+$/, '')
  const apiKey = given.key ?? settings.SLUICE_KEY ?? ownKey(env, url)
  const sluice = createSluice({
    baseUrl: url,
    ...(apiKey === undefined ? {} : { apiKey }),
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(timeoutMs) }),
  })
  const call: GatewayClient['call'] = async (ask) => {
    try {
      return await ask(sluice)
    } catch (thrown) {
      // Not JSON.
      if ((thrown as Error).name === 'SyntaxError')
        throw new GatewayError(clientErrors.gateway_unknown, noGateway(url), { cause: thrown })
      throw new GatewayError(clientErrors.gateway_away, away(url, thrown), { cause: thrown })
    }
  }
  return {
    url,
    hasKey: apiKey !== undefined,
    call,
    async read(ask) {
      const { data, error, response } = await call(ask)
      if (data !== undefined && data !== null) return data
      throw new GatewayError(clientErrors.gateway_refused, refusal(url, response.status, error))
    },
  }
}

/** As `npm start` listens with the same environment. */
function localUrl(env: Environment): string {
  const { HOST, PORT } = readEnvironment(address.pick({ HOST: true, PORT: true }), env)
  const host = ['0.0.0.0', '::', '127.0.0.1'].includes(HOST) ? '127.0.0.1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(PORT)}`
}

const local = /^https?:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::|\/|$)/

/** The development key opens the gateway of this machine, and is nobody else's to see. */
function ownKey(env: Environment, url: string): string | undefined {
  const token = readEnvironment(z.object({ AUTH_TOKEN: envText.optional() }), env).AUTH_TOKEN
  if (token !== undefined || !local.test(url)) return token
  const { DATA_DIR } = readEnvironment(stores.pick({ DATA_DIR: true }), env)
  try {
    return readFileSync(join(DATA_DIR, 'dev-key'), 'utf8').trim() || undefined
  } catch {
    return undefined // never started here
  }
}

function away(url: string, thrown: unknown): string {
  const { cause } = thrown as { cause?: { code?: string } }
  const why = cause?.code === 'ECONNREFUSED' ? 'nobody listens there' : (cause?.code ?? '')
  const reason = why === '' ? messageOf(thrown) : why
  return `No gateway answers at ${url} (${reason}). Start one with npm start, or name another with --url or SLUICE_URL.`
}

export function noGateway(url: string): string {
  return `What answers at ${url} is no Sluice gateway. Name another with --url or SLUICE_URL.`
}

const Refusal = z.object({ error: z.object({ message: z.string() }) })

function refusal(url: string, status: number, body: unknown): string {
  const parsed = Refusal.safeParse(body)
  if (!parsed.success) return noGateway(url)
  const { message } = parsed.data.error
  const what = `${url} answered ${String(status)}: ${message}`
  return status === 401 ? `${what} Here: --key, SLUICE_KEY or AUTH_TOKEN.` : what
}
