import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { repository } from '../tools/src/repository.ts'

/** Runs `npm run chaos` on a cluster of its own; resolves with its exit code and what it printed. */
async function chaos(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-chaos-'))
  const flags = ['--conditions=@sluice/source', '--disable-warning=ExperimentalWarning']
  const file = join(repository, 'tools/src/chaos/main.ts')
  const stores = { REDIS_URL: '', DATABASE_URL: '', KAFKA_BROKERS: '' } // its own: it kills them
  const child = spawn(process.execPath, [...flags, file, '--dir', dir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...stores },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString()
    })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) await rm(dir, { recursive: true })
  return { code, output }
}

function figure(output: string, name: string): number {
  return Number(new RegExp(`^${name} +(\\d+)`, 'm').exec(output)?.[1])
}

test('FM07 FM13 FM15 FM16 FM22 FM42 FM48: processes killed and frozen at random under load: every invariant holds', async () => {
  const { code, output } = await chaos([
    '--minutes',
    '0.6',
    '--streams',
    '20',
    '--pause',
    '100,800',
  ])
  process.stderr.write(
    `${output.slice(output.indexOf('requests'), output.indexOf('MB resident'))}\n`,
  )
  expect(output).not.toContain('VIOLATED')
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  expect(figure(output, 'kills')).toBeGreaterThan(0)
  expect(figure(output, 'requests')).toBeGreaterThan(200)
}, 240_000)
