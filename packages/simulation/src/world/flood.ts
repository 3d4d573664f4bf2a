import { Client, type ClientContext } from '../clients/client.ts'
import type { Random } from '../core/random.ts'
import { tenants } from './catalogue.ts'

/** More calls at once than the workers of a pool can do, from both tenants, one of them first. */
export interface Flood {
  readonly atMs: number
  readonly first: number
  readonly second: number
  /** How many calls of the second tenant move up in one turn. */
  readonly weight: number
}

export function drawFlood(random: Random, activeMs: number): Flood | null {
  if (!random.chance(0.06)) return null
  return {
    atMs: random.between(0, activeMs / 2),
    first: random.int(8, 14),
    second: random.pick([1, 8]),
    weight: random.pick([1, 3]),
  }
}

/** By the licences of the tenants, were there any in the simulated world. */
export function weightOf(tenant: string, flood: Flood | null): number {
  return tenant === tenants[1]?.name ? (flood?.weight ?? 1) : 1
}

export interface FloodCall {
  readonly client: Client
  readonly atMs: number
}

export function floodCalls(
  { atMs, first, second }: Flood,
  random: Random,
  context: ClientContext,
): FloodCall[] {
  return [first, second].flatMap((count, index) =>
    Array.from({ length: count }, (_, i) => {
      const name = `f${String(index)}-${String(i)}`
      const as = { tenant: tenants[index], model: 'alpha/m' }
      return { client: new Client(name, random.fork(name), context, as), atMs: atMs + 200 * index }
    }),
  )
}
