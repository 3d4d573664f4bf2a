import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { freePort } from '../processes/free-port.ts'
import { identify } from '../processes/process-identity.ts'
import type { Program } from '../processes/program.ts'
import { Supervised } from './supervised.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-supervised-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** Serves HTTP on `port`, ends with the code that `/exit/CODE` names, and on SIGTERM writes a line and ends with 0. */
const server = `
  const http = require('node:http')
  const port = Number(process.argv[1])
  process.on('SIGTERM', () => { console.log('drained'); process.exit(0) })
  http.createServer((request, response) => {
    response.end(() => {
      const code = /exit.(\\d+)/.exec(request.url)?.[1]
      if (code) process.exit(Number(code))
    })
  }).listen(port, '127.0.0.1')
`

function program(port: number, script = server): Program {
  return {
    name: 'server',
    command: process.execPath,
    args: ['-e', script, String(port)],
    logFile: join(dir, 'server.log'),
    stopSignal: 'SIGTERM',
    ready: async () => {
      await fetch(`http://127.0.0.1:${String(port)}/`)
    },
  }
}

test.each([0, 7])(
  'starts a program again on its port a second after it ended with %d, and reports the new process',
  async (code) => {
    const port = await freePort()
    const replaced = Promise.withResolvers<void>()
    const supervised = new Supervised(program(port), replaced.resolve)
    await supervised.start(10_000)
    const first = supervised.pid
    const endedAt = performance.now()
    await fetch(`http://127.0.0.1:${String(port)}/exit/${String(code)}`)
    await replaced.promise
    expect(performance.now() - endedAt).toBeGreaterThan(950)
    expect(supervised.pid).not.toBe(first)
    await supervised.stop(5_000)
  },
)

test('ends a program in good order and leaves it ended', async () => {
  let replacements = 0
  const supervised = new Supervised(program(await freePort()), () => {
    replacements += 1
  })
  await supervised.start(10_000)
  const pid = supervised.pid ?? 0
  await supervised.stop(5_000)
  expect(identify(pid)).toBeNull()
  expect(await readFile(join(dir, 'server.log'), 'utf8')).toContain('drained')
  expect(replacements).toBe(0)
})

test('kills a program that does not end in time', async () => {
  const deaf = server.replace("console.log('drained'); process.exit(0)", '')
  const supervised = new Supervised(program(await freePort(), deaf), () => undefined)
  await supervised.start(10_000)
  const pid = supervised.pid ?? 0
  await supervised.stop(100)
  expect(identify(pid)).toBeNull()
})

test('a program that ends before it serves fails its start, with the end of its log', async () => {
  const script = "console.error('no such store'); process.exit(3)"
  const supervised = new Supervised(program(await freePort(), script), () => undefined)
  await expect(supervised.start(10_000)).rejects.toThrow(/ended with 3\s+no such store/)
  await supervised.stop(1_000)
})
