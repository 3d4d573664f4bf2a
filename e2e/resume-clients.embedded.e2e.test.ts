import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { repository } from '../tools/src/repository.ts'
import { blockResources } from './support/block-resources.ts'
import { startCuttingProxy } from './support/cutting-proxy.ts'
import { type OwnFolder, ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'
import { textOf } from './support/sse-reader.ts'

const execute = promisify(execFile)

/** The one block of a language in docs/resume.md. */
function clientIn(language: string): string {
  const text = readFileSync(join(repository, 'docs/resume.md'), 'utf8')
  const [, code = ''] = new RegExp(`\`\`\`${language}\\n([^]*?)\n\`\`\``).exec(text) ?? []
  return code
}

const isHere = (program: string) => spawnSync(program, ['--version']).status === 0

/** About 8 KB of stream, in the pace that the prompt asks for. */
const question = 'Tell me all of it [[tokens=80 interval=10]]'

describe('the clients of docs/resume.md', () => {
  let gateway: OwnGateway
  let folder: OwnFolder
  let expected: string
  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('resume-clients'))
    gateway = resources.use(await startGateway({ dir: folder.path }))
    const messages = [{ role: 'user', content: question }]
    const response = await gateway.chat({ model: 'demo/chat', messages })
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    expected = choices[0]?.message.content ?? ''
  }, 90_000)

  /** Runs a client through a proxy that refuses it twice, cuts its next connections in the middle of what they read, and is away after each. */
  async function run(
    file: string,
    code: string,
    start: (path: string) => readonly string[],
  ): Promise<{ readonly stdout: string; readonly connections: number }> {
    const faults = { refusals: 2, cuts: 5, afterBytes: 2_500, awayMs: 700 }
    await using proxy = await startCuttingProxy(gateway.api, faults)
    const path = join(folder.path, file)
    await writeFile(path, code)
    const { PATH = '' } = process.env
    const env = { PATH, SLUICE_API: proxy.url, SLUICE_KEY: gateway.key }
    const [program = '', ...args] = start(path)
    const { stdout, stderr } = await execute(program, args, { cwd: folder.path, env })
    expect(stderr).toBe('')
    return { stdout, connections: proxy.connections }
  }

  test('FM01: JavaScript', async () => {
    const { stdout, connections } = await run('resume.mjs', clientIn('js'), (path) => [
      process.execPath,
      path,
      question,
    ])
    expect(stdout).toBe(expected)
    expect(connections).toBe(8)
  }, 60_000)

  const python = isHere('python3') ? test : test.skip
  python(
    'FM01: Python (needs python3)',
    async () => {
      const { stdout, connections } = await run('resume.py', clientIn('python'), (path) => [
        'python3',
        path,
        question,
      ])
      expect(stdout).toBe(expected)
      expect(connections).toBe(8)
    },
    60_000,
  )

  const curl = isHere('curl') && isHere('bash') ? test : test.skip
  curl(
    'FM01: curl (needs curl and bash)',
    async () => {
      const body = JSON.stringify({
        model: 'demo/chat',
        stream: true,
        messages: [{ role: 'user', content: question }],
      })
      const { stdout, connections } = await run('resume.sh', clientIn('bash'), (path) => [
        'bash',
        path,
        body,
      ])
      const data = stdout.split('\n').filter((line) => line.startsWith('data: '))
      const events = data.map((line) => ({ id: '', data: line.slice('data: '.length) }))
      expect(textOf(events)).toBe(expected)
      expect(connections).toBe(8)
    },
    60_000,
  )

  curl.each([
    ['the answer ends with an error', 'demo/chat:error-midstream', /^data: \{"error"/m, /^$/],
    ['the call is refused', 'demo/none', /^$/, /^404 .*model_not_found/],
  ])(
    'FM20: curl ends with 1 when %s',
    async (_case, model, stdout, stderr) => {
      const path = join(folder.path, 'failing.sh')
      await writeFile(path, clientIn('bash'))
      const { PATH = '' } = process.env
      const env = { PATH, SLUICE_API: gateway.api, SLUICE_KEY: gateway.key }
      const body = { model, stream: true, messages: [{ role: 'user', content: 'Go' }] }
      const ended = execute('bash', [path, JSON.stringify(body)], { env })
      await expect(ended).rejects.toMatchObject({
        code: 1,
        stdout: expect.stringMatching(stdout),
        stderr: expect.stringMatching(stderr),
      })
    },
    60_000,
  )
})
