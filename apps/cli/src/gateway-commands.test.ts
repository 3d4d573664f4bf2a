import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { serve } from '@sluice/kernel/http-server'
import { systemClock } from '@sluice/kernel/clock'
import { runSluice as sluice } from './testing/run-sluice.ts'

test.each([['status'], ['models'], ['providers']])(
  'M-290: %s of a gateway that is down is exit code 1, and says what to do',
  async (command) => {
    // Nobody can listen on port 1 but the system.
    const down = await sluice({ SLUICE_URL: 'http://127.0.0.1:1' }, command, '--json')
    expect([down.code, down.out]).toEqual([1, ''])
    expect(down.errors).toMatch(
      /^No gateway answers at http:\/\/127\.0\.0\.1:1 .+ npm start.+--url/,
    )
    const wrong = await sluice({}, command, '--url', 'localhost:3000')
    expect(wrong).toMatchObject({ code: 2, out: '' })
  },
)

test('M-290: what is no Sluice gateway is told from one, and the development key is not sent abroad', async () => {
  const seen: (string | undefined)[] = []
  await using server = await serve(
    (request, response) => {
      seen.push(request.headers.authorization)
      response.end('hello')
    },
    { host: '127.0.0.1', port: 0, clock: systemClock },
  )
  for (const command of ['status', 'models']) {
    const { code, errors } = await sluice({ SLUICE_URL: server.url }, command)
    expect(code).toBe(1)
    expect(errors).toContain('is no Sluice gateway')
  }
  await sluice({ AUTH_TOKEN: 'a', SLUICE_KEY: 'b' }, 'models', '--url', server.url)
  await sluice({ AUTH_TOKEN: 'a', SLUICE_KEY: 'b' }, 'models', '--url', server.url, '--key', 'c')
  expect(seen.splice(0).slice(-2)).toEqual(['Bearer b', 'Bearer c'])

  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-dev-key-'))
  await using folder = new AsyncDisposableStack()
  folder.defer(() => rm(dataDir, { recursive: true, force: true }))
  await writeFile(join(dataDir, 'dev-key'), 'gw-dev-x\n')
  await sluice({ DATA_DIR: dataDir, SLUICE_URL: server.url }, 'models')
  // The same place by a name that need not be this machine's.
  const elsewhere = server.url.replace('127.0.0.1', '0.0.0.0')
  await sluice({ DATA_DIR: dataDir, SLUICE_URL: elsewhere }, 'models')
  expect(seen).toEqual(['Bearer gw-dev-x', undefined])
})
