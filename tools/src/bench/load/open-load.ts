import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMicros } from '../marker.ts'
import type { Load } from './closed-load.ts'
import { Lane, Tally } from './lane.ts'
import type { OpenJob } from './protocol.ts'

/**
 * Requests at the moments of a Poisson process, noticed once per millisecond. A request that finds every connection busy waits, and
 * its wait counts: a gateway that stalls pays for those who came meanwhile.
 */
export function createOpenLoad(job: OpenJob): Load {
  const tally = new Tally()
  const options = { endpoint: job.endpoint, tokens: 0, intervalMs: 0, bytes: job.promptBytes }
  const lanes = Array.from({ length: job.connections }, () => new Lane(options, tally))
  const free = [...lanes]
  const waiting: number[] = []

  const start = (since: number): void => {
    const lane = free.pop()
    if (!lane) {
      waiting.push(since)
      return
    }
    lane.exchange(() => {
      free.push(lane)
      const next = waiting.shift()
      if (next !== undefined) start(next)
    }, since)
  }

  const phase = async (ms: number, maxRequests: number): Promise<number> => {
    const startedAt = performance.now()
    const gap = () => (-Math.log(1 - Math.random()) * 1_000) / job.requestsPerSecond
    let due = startedAt + gap()
    let started = 0
    while (due < startedAt + ms && started < maxRequests) {
      await delay(1)
      const now = performance.now()
      for (; due <= now && started < maxRequests; due += gap()) {
        started += 1
        start(monotonicMicros())
      }
    }
    const seconds = (performance.now() - startedAt) / 1_000
    const giveUpAt = performance.now() + 10_000
    while (free.length < lanes.length && performance.now() < giveUpAt) await delay(5)
    for (const lane of lanes) if (!free.includes(lane)) lane.connection.destroy('no answer')
    return seconds
  }
  return {
    tally,
    async warmUp() {
      await phase(job.warmUpMs, Infinity)
    },
    measure: () => phase(job.measureMs, job.maxRequests),
    [Symbol.dispose]() {
      for (const lane of lanes) lane.connection.destroy('job over')
    },
  }
}
