/** Keys of one queue share a hash tag, so that every step touches one slot of a cluster. */
export interface QueueKeys {
  readonly stream: string
  /** Channel that says "there may be a job". */
  readonly wake: string
  readonly dead: (group: string) => string
  readonly dedupe: (id: string) => string
}

export function queueKeys(prefix: string, queue: string): QueueKeys {
  const base = `${prefix}work:{${queue}}`
  return {
    stream: base,
    wake: `${base}:wake`,
    dead: (group) => `${base}:dead:${group}`,
    dedupe: (id) => `${base}:dedupe:${id}`,
  }
}

export interface MethodKeys {
  readonly line: string
  /** Channel that says "there may be a request". */
  readonly wake: string
}

export function methodKeys(prefix: string, method: string): MethodKeys {
  const line = `${prefix}rpc:{${method}}`
  return { line, wake: `${line}:wake` }
}

export function broadcastChannel(prefix: string, channel: string): string {
  return `${prefix}broadcast:${channel}`
}

export function countKey(prefix: string, name: string): string {
  return `${prefix}count:{${name}}`
}
