export interface BannerFacts {
  readonly apiUrl: string
  /** The port that was asked for, when it was taken. */
  readonly portTaken: number | null
  readonly observabilityUrl: string | null
  readonly key: string | null
  readonly providers: readonly string[]
  readonly adapters: Readonly<Record<string, string>>
  /** Everything in this one process: the kill -9 caveat of the embedded stores applies. */
  readonly embedded: boolean
  readonly startedInMs: number
  /** Stores that do not answer yet. */
  readonly awaited: readonly string[]
}

/** At most six lines: where, with which key, what is behind it, and a line to paste. */
export function banner(facts: BannerFacts): string {
  const adapters = Object.entries(facts.adapters)
    .map(([port, adapter]) => `${port}=${adapter}`)
    .join('  ')
  const taken = facts.portTaken === null ? '' : `  (port ${String(facts.portTaken)} is taken)`
  const durability = facts.embedded ? '; kill -9 ends what is in flight' : ''
  const key = facts.key ?? '$AUTH_TOKEN'
  const seconds = (facts.startedInMs / 1_000).toFixed(1)
  return [
    facts.awaited.length === 0
      ? `Sluice is ready in ${seconds} s`
      : `Sluice has started in ${seconds} s; calls get 503 until these answer: ${facts.awaited.join(', ')}`,
    `  api       ${facts.apiUrl}/v1${taken}${facts.observabilityUrl === null ? '' : `   metrics ${facts.observabilityUrl}/metrics`}`,
    `  key       ${facts.key === null ? 'the value of AUTH_TOKEN' : `${facts.key}   (development only, kept in DATA_DIR/dev-key)`}`,
    `  providers ${facts.providers.join(', ') || 'none: add one in sluice.yaml or set a provider key'}`,
    `  adapters  ${adapters}${durability}`,
    `  try       curl -N ${reachable(facts.apiUrl)}/v1/chat/completions -H 'authorization: Bearer ${key}' -H 'content-type: application/json' -d '{"model":"${facts.providers.includes('demo') ? 'demo/chat' : 'MODEL'}","stream":true,"messages":[{"role":"user","content":"Hello"}]}'`,
  ].join('\n')
}

/** An address that stands for all of this machine's can be listened on; to call it is not possible everywhere. */
export function reachable(url: string): string {
  return url.replace(/^http:\/\/(?:0\.0\.0\.0|\[::\]):/, 'http://127.0.0.1:')
}
