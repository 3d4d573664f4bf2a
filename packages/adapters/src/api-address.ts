import {
  configurationError,
  envInt,
  envPort,
  envText,
  type Environment,
  readEnvironment,
} from '@sluice/kernel/env'
import { defaultLimits, type HttpLimits } from '@sluice/kernel/http-server'
import { z } from 'zod'

/** Where the API listens. */
export const environment = z.object({
  HOST: envText
    .default('127.0.0.1')
    .describe('address of the API; any but loopback needs AUTH_TOKEN'),
  PORT: envPort(3000).describe(
    'port of the API; the next free one when it is taken (gateway) or an error (ingress apart)',
  ),
  HTTP_HEADERS_TIMEOUT_MS: envInt(defaultLimits.headersTimeoutMs, 100).describe(
    'time for the head of a request to arrive',
  ),
  HTTP_BODY_TIMEOUT_MS: envInt(defaultLimits.bodyTimeoutMs, 100).describe(
    'time for its body to arrive after that',
  ),
  HTTP_IDLE_TIMEOUT_MS: envInt(defaultLimits.idleTimeoutMs, 100).describe(
    'how long a connection may be open without a request',
  ),
  HTTP_MAX_HEADER_BYTES: envInt(defaultLimits.maxHeaderBytes, 4_096, 1_048_576).describe(
    'largest head of a request',
  ),
  HTTP_MAX_CONNECTIONS: envInt(defaultLimits.maxConnections, 1).describe(
    'connections open at once, per process',
  ),
})

export interface ApiAddress {
  readonly host: string
  readonly port: number
  readonly limits: HttpLimits
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/** Refuses to listen to the network while the only credential is a generated development key. */
export function readApiAddress(env: Environment): ApiAddress {
  const values = readEnvironment(environment, env)
  const { HOST, PORT } = values
  if (!loopback.test(HOST) && !env['AUTH_TOKEN'] && !env['AUTH_TOKEN_FILE']) {
    throw configurationError([
      `HOST: ${HOST} would open the gateway to the network while no AUTH_TOKEN is set; set AUTH_TOKEN (at least 24 characters), or leave HOST at 127.0.0.1`,
    ])
  }
  return {
    host: HOST,
    port: PORT,
    limits: {
      headersTimeoutMs: values.HTTP_HEADERS_TIMEOUT_MS,
      bodyTimeoutMs: values.HTTP_BODY_TIMEOUT_MS,
      idleTimeoutMs: values.HTTP_IDLE_TIMEOUT_MS,
      maxHeaderBytes: values.HTTP_MAX_HEADER_BYTES,
      maxConnections: values.HTTP_MAX_CONNECTIONS,
    },
  }
}
