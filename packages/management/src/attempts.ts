import type { Clock } from '@sluice/kernel/clock'

const windowMs = 60_000
const maxEntries = 30
const maxActors = 1_000

interface Attempts {
  readonly since: number
  readonly seen: Set<string>
  more: number
  /** Writes what was too much, once. */
  tell: () => void
}

/** `more`: null = an entry of its own; otherwise that of so many attempts that got none. */
export type NoteAttempt = (who: string, what: string, write: (more: number | null) => void) => void

/**
 * The audit log is for people, and must not fill by one client in a loop: the same attempt is one entry a minute, and different ones of one actor are 30;
 * what comes beyond is told by one entry at the end of the minute.
 */
export function createAttempts(clock: Clock): NoteAttempt {
  // In the order of their beginning.
  const recent = new Map<string, Attempts>()

  const forget = (who: string) => {
    recent.get(who)?.tell()
    recent.delete(who)
  }
  const attemptsOf = (who: string): Attempts => {
    const known = recent.get(who)
    const now = clock.monotonic()
    if (known && known.since > now - windowMs) return known
    const [oldest] = recent.keys()
    if (known) forget(who)
    else if (recent.size >= maxActors && oldest !== undefined) forget(oldest)
    const fresh = { since: now, seen: new Set<string>(), more: 0, tell: () => undefined }
    recent.set(who, fresh)
    return fresh
  }

  return (who, what, write) => {
    const attempts = attemptsOf(who)
    if (attempts.seen.has(what)) return
    if (attempts.seen.size < maxEntries) {
      attempts.seen.add(what)
      write(null)
      return
    }
    attempts.more += 1
    if (attempts.more > 1) return
    attempts.tell = () => {
      if (attempts.more > 0) write(attempts.more)
      attempts.more = 0
    }
    clock.after(Math.max(0, attempts.since + windowMs - clock.monotonic()), () => {
      attempts.tell()
    })
  }
}
