import type { Route, RouteOwner } from './route.ts'

/** Every route of the HTTP interface: what is not here is not served. */
export const routeTable: readonly Route[] = []

export function routesOf(owner: RouteOwner): readonly Route[] {
  return routeTable.filter((route) => route.owner === owner)
}
