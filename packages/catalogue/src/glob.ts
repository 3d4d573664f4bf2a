/** `acme/*`, `x-demo-*`: `*` stands for any run of characters, everything else for itself. */
export function globMatcher(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const wild = patterns.filter((pattern) => pattern.includes('*')).map(toRegExp)
  return (name) => exact.has(name) || wild.some((pattern) => pattern.test(name))
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern
    .split(/\*+/)
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`)
}
