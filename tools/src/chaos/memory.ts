import { readFileSync } from 'node:fs'
import { clusterNow } from './cluster-now.ts'
import type { History } from './history.ts'

const intervalMs = 5_000

/** Writes down what every process keeps resident, again and again. Linux only; elsewhere nothing. */
export function watchMemory(clusterJson: string, history: History): Disposable {
  const timer = setInterval(() => {
    for (const { service, pid } of clusterNow(clusterJson).processes) {
      const rss_mb = residentMb(pid)
      if (rss_mb !== null) history.write({ event: 'memory', process: service, pid, rss_mb })
    }
  }, intervalMs)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
    },
  }
}

function residentMb(pid: number): number | null {
  try {
    const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]
    return kb === undefined ? null : Number(kb) / 1024
  } catch {
    return null // it has just ended
  }
}
