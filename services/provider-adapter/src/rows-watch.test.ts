import { afterEach, expect, test } from '@jest/globals'
import { openCatalogue } from '@sluice/catalogue/open-catalogue'
import { catalogueChannel, readStoredRows } from '@sluice/contracts/rpc/router'
import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { serveRpc } from '@sluice/work-queue/rpc'
import { RowsWatch } from './rows-watch.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const rowsOf = (name: string, base_url = 'http://a.example'): StoredRows => ({
  providers: [
    {
      tenant: null,
      row: { name, wire: 'ollama', base_url },
      auth: null,
      leaseEndsAt: null,
      updatedAt: 0,
    },
  ],
  models: [],
  aliases: [],
})

async function start() {
  const clock = createFakeClock()
  const logger = createLogger({ service: 'provider-adapter', level: 'silent' })
  const queue = createMemoryWorkQueue({ clock })
  const catalogue = await openCatalogue({
    env: {},
    clock,
    logger,
    demoUrl: 'http://127.0.0.1:1',
    discover: false,
  })
  const router = {
    revision: 1,
    rows: rowsOf('first'),
    isAway: false,
    /** What was asked. */
    asked: [] as { known: number | null; atLeast: number | null }[],
  }
  await serveRpc(queue, readStoredRows, (asked) => {
    router.asked.push(asked)
    if (router.isAway) throw new GatewayError(kernelErrors.dependency_unavailable)
    const { revision, rows } = router
    return Promise.resolve({ revision, rows: asked.known === revision ? null : rows })
  })
  const watch = new RowsWatch({ catalogue, queue, clock, logger })
  opened.push(watch)
  await watch.start()
  await watch.ask(null)
  const names = () => [...catalogue.current.providers.keys()].filter((name) => name !== 'demo')
  return {
    clock,
    queue,
    router,
    watch,
    names: () => names().filter((name) => !/^(ollama|lmstudio)$/.test(name)),
  }
}

test('M-313: rows are taken over at the start, on a broadcast at once, and without one within 5 s', async () => {
  const { clock, queue, router, names } = await start()
  expect(names()).toEqual(['first'])
  Object.assign(router, { revision: 2, rows: rowsOf('second') })
  await queue.broadcast(catalogueChannel, { revision: 2 })
  await clock.advance(0)
  expect(names()).toEqual(['second'])
  expect(router.asked.at(-1)).toEqual({ known: 1, atLeast: 2 })
  Object.assign(router, { revision: 3, rows: rowsOf('third') })
  await clock.advance(5_000)
  expect(names()).toEqual(['third'])
})

test('M-313: while the router is away the last rows stay', async () => {
  const { clock, router, names } = await start()
  router.isAway = true
  await clock.advance(60_000)
  expect(names()).toEqual(['first'])
  Object.assign(router, { isAway: false, revision: 2, rows: rowsOf('second') })
  await clock.advance(5_000)
  expect(names()).toEqual(['second'])
})

test('M-313: rows that cannot be used are refused as a whole', async () => {
  const { clock, router, names } = await start()
  const [bad] = rowsOf('bad').providers
  const rows = { ...rowsOf('second'), models: [], aliases: [] }
  Object.assign(router, {
    revision: 2,
    rows: { ...rows, providers: [...rows.providers, { ...bad, row: { name: 'x' } }] },
  })
  await clock.advance(5_000)
  expect(names()).toEqual(['first'])
})
