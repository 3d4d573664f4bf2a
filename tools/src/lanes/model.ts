import { modelIsCached } from '../servers/model.ts'
import { serversDown, serversUp } from '../servers/servers.ts'

export interface LocalModel extends AsyncDisposable {
  /** For the tests, and for the gateway that they talk to; empty where there is no model. */
  readonly env: Readonly<Record<string, string>>
}

/** A real model: the one that MODEL_URL names, or ours where it was compiled before. An extra, whose absence fails nothing. */
export async function startModel(dir: string): Promise<LocalModel> {
  const given = process.env['MODEL_URL']
  if (given) return { env: variables(given), [Symbol.asyncDispose]: () => Promise.resolve() }
  if (!modelIsCached() && process.env['SLUICE_CI_MODEL'] !== '1')
    return { env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }
  const up = await serversUp(dir, ['model'])
  for (const problem of up.problems.values()) process.stderr.write(`model: ${problem}\n`)
  const url = up.variables['MODEL_URL']
  return { env: url ? variables(url) : {}, [Symbol.asyncDispose]: () => serversDown(dir) }
}

/** The gateway takes it as it takes any OpenAI-compatible server on the machine. */
function variables(url: string): Record<string, string> {
  return { MODEL_URL: url, VLLM_URL: url }
}
