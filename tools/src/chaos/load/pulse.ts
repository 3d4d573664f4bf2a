import type { History } from '../history.ts'
import type { Client } from './client.ts'
import { newCall } from './kinds.ts'

const intervalMs = 100
/** A pulse that took longer is not normal. */
export const normalMs = 1_000

export interface Pulses {
  /** No pulse failed in the last `ms`, and none is open for longer than is normal. */
  areNormal(ms: number): boolean
  stop(): Promise<void>
}

/** A short plain call every 100 ms, the addresses in turn; one repetition on another address, like an SDK's. */
export function startPulses(client: Client, history: History): Pulses {
  const open = new Map<number, Promise<void>>()
  let lastBadAt = -Infinity
  let turn = 0
  const pulse = async (startedAt: number) => {
    const t = Date.now()
    const call = newCall('pulse', { stream: false, words: 2, intervalMs: 0, attach: 'retry' })
    const atOnce = { ...call, headers: {} }
    const { apis } = client.gateway
    const accepted = await client.ask(atOnce, {
      maxRetries: 1,
      firstApi: apis[turn++ % apis.length] ?? '',
    })
    const whole = accepted !== null && (await client.readPlain(atOnce, accepted))
    const took_ms = Math.round(performance.now() - startedAt)
    const ok = whole && took_ms <= normalMs
    if (!ok) lastBadAt = performance.now()
    history.write({ event: 'pulse', t, ok, took_ms })
    open.delete(startedAt)
  }
  const timer = setInterval(() => {
    const startedAt = performance.now()
    open.set(startedAt, pulse(startedAt))
  }, intervalMs)
  return {
    areNormal(ms) {
      const now = performance.now()
      return lastBadAt < now - ms && [...open.keys()].every((at) => at > now - normalMs)
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(open.values())
    },
  }
}
