import { describe, expect, test } from '@jest/globals'
import type { ReapReport } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { createLogger } from '@sluice/kernel/logger'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { Registry } from 'prom-client'
import { createRouterMetrics } from './metrics.ts'
import { startReaper } from './reaper.ts'

const nothing: ReapReport = { requeued: 0, failed: 0, expired: 0 }

/** A reaper over a back end whose sweeps do what `sweep` says. */
function start(sweep: () => Promise<ReapReport>) {
  const clock = createFakeClock()
  const lines: string[] = []
  const registry = new Registry()
  const metrics = createRouterMetrics(registry)
  const generations = Object.assign(createMemoryGenerations({ clock }), { reap: sweep })
  const logger = createLogger({
    service: 'router',
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  })
  const reaper = startReaper({ reapIntervalMs: 250 }, { generations, clock, logger, metrics })
  metrics.reaperAge.follow(() => reaper.ageSeconds())
  const saidSoFar = (text: string) => lines.join('').split(text).length - 1
  return { reaper, clock, registry, saidSoFar }
}

describe('the reaper', () => {
  test('sweeps every 250 ms, one sweep at a time, and waits for it at the end', async () => {
    let running = 0
    let sweeps = 0
    const release: (() => void)[] = []
    const { reaper, clock } = start(async () => {
      running += 1
      sweeps += 1
      expect(running).toBe(1)
      await new Promise<void>((resolve) => release.push(resolve))
      running -= 1
      return nothing
    })
    await clock.advance(1_000)
    expect(sweeps).toBe(1)
    release.shift()?.()
    await clock.advance(0)
    await clock.advance(250)
    expect(sweeps).toBe(2)
    const ended = reaper[Symbol.asyncDispose]()
    release.shift()?.()
    await ended
    expect(running).toBe(0)
    await clock.advance(1_000)
    expect(sweeps).toBe(2)
  })

  test('counts what became of what it found', async () => {
    const { clock, registry } = start(async () => ({ requeued: 2, failed: 1, expired: 0 }))
    await clock.advance(250)
    const text = await registry.metrics()
    expect(text).toContain('gateway_reaped_total{outcome="requeued"} 2')
    expect(text).toContain('gateway_reaped_total{outcome="failed"} 1')
  })

  test.each([
    ['fails', () => Promise.reject(new Error('no route to redis'))],
    ['gets no answer', () => new Promise<ReapReport>(() => undefined)],
  ])('that %s for 5 s says so once, and is not ready', async (_, sweep) => {
    const { reaper, clock, registry, saidSoFar } = start(sweep)
    await clock.advance(4_900)
    expect(saidSoFar('no sweep')).toBe(0)
    await expect(reaper.probe()).resolves.toBeUndefined()
    await clock.advance(10_100)
    expect(saidSoFar('no sweep')).toBe(1)
    await expect(reaper.probe()).rejects.toThrow()
    expect(await registry.metrics()).toContain('gateway_reaper_age_seconds 15')
  })

  test('is ready again, and says so, after the next sweep that succeeds', async () => {
    let away = true
    const { reaper, clock, saidSoFar } = start(() =>
      away ? Promise.reject(new Error('away')) : Promise.resolve(nothing),
    )
    await clock.advance(6_000)
    away = false
    await clock.advance(250)
    await expect(reaper.probe()).resolves.toBeUndefined()
    expect(saidSoFar('sweeps again')).toBe(1)
  })
})
