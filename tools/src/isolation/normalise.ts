import type { Answer } from './tenant.ts'

/** Headers that say something about the call, but how long it took and where it ran. */
const visibleHeaders =
  /^(content-type|retry-after|x-client-request-id|x-idempotent.*|x-cache.*|x-gateway-.*|x-cached.*|allow|ratelimit-policy)$/

/** Members and events whose value is a moment or a duration. */
const times =
  /"(created|created_at|accepted_at|finished_at|completed_at|at|updated_at|last_used_at|expires_at|revoked_at|lease_ends_at|first_part_ms|duration_ms|latency_ms|[a-z_]+_ms|hour|start|end)": ?(\d+(\.\d+)?|"\d{4}-[^"]*")/g
const ids =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?:gw|k|key|tok|msg|resp|chatcmpl|call|cmpl|rs|fc|embd|modr)_[A-Za-z0-9_-]{8,}|\bchatcmpl-[\w-]{8,}|[0-9a-f]{32}|(?<!\.)\b(?=[A-Za-z]*\d)[0-9A-Za-z]{17}\b/g

/** Which parts of a stream share an entry is a matter of when they came. */
const cursors = /\b\d{13}-\d+(\.\d+)?\b/g

/**
 * Takes out of what one tenant saw whatever may differ between two runs of the same: ids, names of the tenant, moments. Ids become numbers in the order
 * they were first seen, so that "the same as before" and "another one" stay visible.
 */
export class Normaliser {
  readonly #tenant: string
  readonly #numbers = new Map<string, string>()

  constructor(tenant: string) {
    this.#tenant = tenant
  }

  line(what: string, { status, headers, text }: Answer): string {
    const seen = [...headers]
      .filter(([name]) => visibleHeaders.test(name))
      .map(([name, value]) => `${name}: ${this.text(value)}`)
    return [this.text(what), String(status), ...seen.toSorted(), this.text(text)].join(' | ')
  }

  text(text: string): string {
    return (
      text
        .replaceAll(cursors, '<cursor>')
        .replaceAll(ids, (id) => this.#number(id))
        .replaceAll(times, '"$1":0')
        // Written down by the minute.
        .replaceAll('"last_used_at":null', '"last_used_at":0')
        .replaceAll(this.#tenant, '<tenant>')
    )
  }

  #number(id: string): string {
    let number = this.#numbers.get(id)
    if (number === undefined) {
      number = `#${String(this.#numbers.size)}`
      this.#numbers.set(id, number)
    }
    return number
  }
}
