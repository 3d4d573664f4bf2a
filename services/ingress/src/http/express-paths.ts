import type { Route } from '@sluice/contracts/http/route'

/** At least one row. */
export type RoutesOfPath = readonly [Route, ...Route[]]

/** Rows by their addresses as Express writes them; what is written out comes before what is a parameter. */
export function byPath(routes: readonly Route[]): [string[], RoutesOfPath][] {
  const found = new Map<string, [Route, ...Route[]]>()
  for (const route of routes) {
    const known = found.get(route.path)
    if (known) known.push(route)
    else found.set(route.path, [route])
  }
  return [...found.values()]
    .toSorted(([one], [other]) => (precedence(one.path) < precedence(other.path) ? -1 : 1))
    .map((rows) => {
      const paths = new Set(rows.flatMap(({ path, aliases = [] }) => [path, ...aliases]))
      return [[...paths].map(expressPath), rows]
    })
}

/** Names of models contain slashes. */
function expressPath(path: string): string {
  const isModel = path.endsWith('/models/{id}')
  return isModel ? path.replace('{id}', '*id') : path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function precedence(path: string): string {
  return path.replaceAll(/\{\w+\}/g, '\uffff')
}

export function verbOf({ method }: Route) {
  return method.toLowerCase() as 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete'
}

/** For `Allow`. */
export function methodsOf(routes: RoutesOfPath): string {
  return routes.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ')
}
