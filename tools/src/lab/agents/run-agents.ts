import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '@sluice/kernel/errors'
import { fillOnce } from '@sluice/kernel/machine-cache'
import { startWitness } from '../../../../e2e/clients/lab/witness.ts'
import { temporaryFolder } from '../../lanes/temporary-folder.ts'
import { runToEnd } from '../../processes/run-to-end.ts'
import { cachePath } from '../../servers/cache.ts'
import { startGateway } from '../run-lab.ts'
import { type Agent, agents } from './agents.ts'

const agentTimeoutMs = 120_000

/** Each agent answers one prompt through the embedded gateway. One that cannot be had here is said, and fails nothing. */
export async function runAgents(names: readonly string[], signal: AbortSignal): Promise<boolean> {
  await using folder = await temporaryFolder('lab-agents')
  await using gateway = await startGateway('embedded', folder.path, signal)
  let isGreen = true
  for (const agent of agents.filter(
    ({ program }) => names.length === 0 || names.includes(program),
  )) {
    if (signal.aborted) return false
    const { title, version } = agent
    try {
      await install(agent)
    } catch (error) {
      process.stdout.write(`${title} ${version}: not run here: ${messageOf(error)}\n`)
      continue
    }
    const home = join(folder.path, agent.program)
    const problem = await runAgent(agent, home, gateway.env)
    process.stdout.write(`${title} ${version}: ${problem ?? 'answers'}\n`)
    isGreen &&= problem === null
  }
  if (!isGreen) folder.keep()
  return isGreen
}

function folderOf({ program, package: name, version }: Agent): string {
  return cachePath(`agent-${program}`, `${name}@${version}`)
}

/** With their install scripts: some fetch their own program by one. */
function install(agent: Agent): Promise<void> {
  return fillOnce(folderOf(agent), async (folder) => {
    process.stderr.write(`Installing ${agent.package} ${agent.version} …\n`)
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
    const name = `${agent.package}@${agent.version}`
    await runToEnd('npm', ['install', '--prefix', folder, ...quiet, name])
  })
}

/** Null when it said what the demo model says, having called the route that it is known for. */
async function runAgent(
  agent: Agent,
  home: string,
  gateway: Readonly<Record<string, string>>,
): Promise<string | null> {
  const { SLUICE_API: api = '', SLUICE_KEY: key = '' } = gateway
  await using witness = await startWitness(api)
  const { files, env, prepare, args } = agent.run({
    api: witness.url,
    key,
    model: 'demo/chat',
    home,
  })
  await mkdir(home, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true })
    await writeFile(join(home, path), text)
  }
  const program = join(folderOf(agent), 'node_modules/.bin', agent.program)
  const { PATH = '' } = process.env
  const settings = { cwd: home, env: { PATH, HOME: home, CI: '1', ...env } }
  if (prepare) await runToEnd(program, prepare, settings)
  const child = spawn(program, args, {
    ...settings,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: agentTimeoutMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  await writeFile(join(home, 'output.txt'), output)
  const calls = witness.requests.map(
    ({ method, path, status }) => `${method} ${path} ${String(status)}`,
  )
  await writeFile(join(home, 'requests.txt'), calls.join('\n'))
  if (!witness.requests.some(({ path, status }) => agent.route.test(path) && status === 200))
    return `fails: no answered call of ${agent.route.source}; it called: ${calls.join(', ') || 'nothing'}`
  if (!output.includes('This is the demo model'))
    return `fails with exit code ${String(code)}: ${output.trim().split('\n').slice(-3).join(' ')}`
  return null
}
