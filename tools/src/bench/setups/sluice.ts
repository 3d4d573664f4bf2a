import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../../repository.ts'
import { upstreamModel } from '../marker.ts'
import type { Endpoint } from '../load/protocol.ts'
import type { SetupContext } from '../setup.ts'

/** At least 24 characters, as every key chosen by an operator. */
const authToken = 'sluice-bench-bootstrap-credential'
const model = 'bench/fast'
/** The same upstream, spoken to in Anthropic's dialect. */
export const translatedModel = 'bench/translated'

/** The flags of `npm start` (tools/sluice.mjs). */
export const nodeFlags = [
  '--conditions=@sluice/source',
  '--disable-warning=ExperimentalWarning',
  '--max-http-header-size=32768',
  '--disable-proto=delete',
]

/** Writes a configuration with the upstream as a provider in two dialects, and a priced model of each. Returns the environment that selects it. */
export function sluiceEnvironment(context: SetupContext, name: string): Record<string, string> {
  const file = join(context.dir, `${name}.yaml`)
  writeFileSync(
    file,
    `providers:
  - name: bench
    wire: openai-chat
    base_url: http://127.0.0.1:${String(context.upstreamPort)}/v1
    auth: { type: bearer, key: "bench-upstream-key" }
  - name: bench-messages
    wire: anthropic-messages
    base_url: http://127.0.0.1:${String(context.upstreamPort)}
    auth: { type: x-api-key, key: "bench-upstream-key" }
models:
  - name: ${model}
    provider: bench
    upstream_model: ${upstreamModel}
    price: { input: 0.15, output: 0.60 }
  - name: ${translatedModel}
    provider: bench-messages
    upstream_model: ${upstreamModel}
    price: { input: 0.15, output: 0.60 }
`,
  )
  return {
    CONFIG_PATH: file,
    AUTH_TOKEN: authToken,
    NODE_COMPILE_CACHE: join(repository, 'node_modules', '.cache', 'compile'),
    ...(context.profileDir === null
      ? {}
      : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${context.profileDir}` }),
  }
}

export function sluiceEndpoint(port: number, name = model): Endpoint {
  return {
    host: '127.0.0.1',
    port,
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${authToken}` },
    model: name,
  }
}
