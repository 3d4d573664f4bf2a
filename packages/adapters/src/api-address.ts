import { envPort, envText, type Environment, readEnvironment } from '@sluice/kernel/env'
import { configurationError } from '@sluice/kernel/env'
import { z } from 'zod'

/** Where the API listens. */
export const environment = z.object({
  HOST: envText
    .default('127.0.0.1')
    .describe('address of the API; any but loopback needs AUTH_TOKEN'),
  PORT: envPort(3000).describe(
    'port of the API; the next free one when it is taken (gateway) or an error (ingress apart)',
  ),
})

export interface ApiAddress {
  readonly host: string
  readonly port: number
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/** Refuses to listen to the network while the only credential is a generated development key. */
export function readApiAddress(env: Environment): ApiAddress {
  const { HOST, PORT } = readEnvironment(environment, env)
  if (!loopback.test(HOST) && !env['AUTH_TOKEN'] && !env['AUTH_TOKEN_FILE']) {
    throw configurationError([
      `HOST: ${HOST} would open the gateway to the network while no AUTH_TOKEN is set; set AUTH_TOKEN (at least 24 characters), or leave HOST at 127.0.0.1`,
    ])
  }
  return { host: HOST, port: PORT }
}
