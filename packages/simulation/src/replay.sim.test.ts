import { expect, test } from '@jest/globals'
import { simulate } from './run.ts'

test('R12 a run number gives the same history, whatever was simulated before', async () => {
  const hashes = async (...runs: number[]) => {
    const found = new Map<number, string>()
    for (const run of runs) found.set(run, (await simulate({ run, trace: false })).hash)
    return found
  }
  const once = await hashes(11, 12, 13)
  const again = await hashes(13, 11, 12)
  for (const [run, hash] of once) expect([run, again.get(run)]).toEqual([run, hash])
  expect(new Set(once.values()).size).toBe(once.size)
})

test('R12 a traced run is the same run', async () => {
  const quiet = await simulate({ run: 14, trace: false })
  const traced = await simulate({ run: 14, trace: true })
  expect(traced.hash).toBe(quiet.hash)
  expect(traced.lines.length).toBeGreaterThan(traced.facts.steps / 10)
})
