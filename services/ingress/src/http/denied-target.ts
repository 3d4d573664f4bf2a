import type { IncomingMessage } from 'node:http'
import type { Route } from '@sluice/contracts/http/route'

/** How the entries of successes name what is behind an address; the parameter that follows is its id. */
const kinds: readonly (readonly [prefix: string, kind: string])[] = [
  ['/v1/tokens/', 'token'],
  ['/v1/users/', 'user'],
  ['/v1/tenants/', 'tenant'],
  ['/v1/projects/', 'project'],
  ['/v1/groups/', 'group'],
  ['/v1/policies/', 'policy'],
  ['/v1/budgets/', 'budget'],
  ['/v1/licences/tiers/', 'tier'],
  ['/v1/licences/users/', 'licence'],
  ['/v1/providers/{name}/models/', 'model'],
  ['/v1/providers/', 'provider'],
  ['/v1/aliases/', 'alias'],
  ['/v1/registry/', 'registry'],
]

const parameter = /\{(\w+)\}/g

/** What somebody was refused: the thing, as `token:k_…`, or the address with its parameters where the call names no thing that the audit log knows. */
export function deniedTarget({ path }: Route, request: IncomingMessage): string {
  // Only what Express has matched has any.
  const { params = {} } = request as { params?: Record<string, string | string[]> }
  const filled = (name: string) => [params[name] ?? `{${name}}`].flat().join('/')
  const found = kinds.find(([prefix]) => path.startsWith(`${prefix}{`))
  if (found) {
    const [prefix, kind] = found
    const name = /^\w+/.exec(path.slice(prefix.length + 1))?.[0] ?? ''
    return `${kind}:${filled(name)}`
  }
  return path.replaceAll(parameter, (_whole, name: string) => filled(name))
}
