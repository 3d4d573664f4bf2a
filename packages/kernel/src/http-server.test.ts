import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { systemClock } from './clock.ts'
import { serve } from './http-server.ts'

const clock = systemClock

test('a drain does not wait for connections that were opened and never used', async () => {
  const server = await serve((_, response) => response.end(), { host: '127.0.0.1', port: 0, clock })
  const unused = connect(server.port, '127.0.0.1')
  await once(unused, 'connect')
  // Its acceptance is not told to the client: a whole exchange on another connection comes after it.
  await (await fetch(server.url)).text()
  const before = clock.monotonic()
  expect(await server.drain(60_000)).toBe(0)
  expect(clock.monotonic() - before).toBeLessThan(5_000)
})

test('a drain waits for the answer that is being written, and destroys it at the deadline', async () => {
  const server = await serve((_, response) => response.write('part'), {
    host: '127.0.0.1',
    port: 0,
    clock,
  })
  const response = await fetch(server.url)
  await response.body?.getReader().read()
  const before = clock.monotonic()
  expect(await server.drain(1_500)).toBe(1)
  expect(clock.monotonic() - before).toBeGreaterThanOrEqual(1_400)
})
