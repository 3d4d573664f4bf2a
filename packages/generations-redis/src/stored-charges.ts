import type { LimitMetric } from '@sluice/contracts/limits'
import type { Charge, Count, Excess, Seed } from '@sluice/generations'
import { FieldReader, FieldWriter } from './fields.ts'
import type { Argument } from './fields.ts'

const letters: Readonly<Record<LimitMetric, string>> = {
  requests: 'r',
  tokens: 't',
  cost: 'm',
  concurrency: 'c',
}

const endOf = (endsAt: number | null) => (endsAt === null ? '-' : String(endsAt))

/** As `charges.lua` reads them. `repeated`: they were taken before, by a server that has lost it. */
export function chargeLines(charges: readonly Charge[], repeated: boolean): string {
  if (charges.length === 0) return ''
  const lines = charges.map(
    ({ counter, metric, max, amount, endsAt, durable }) =>
      `${letters[metric]} ${String(max)} ${String(amount)} ${endOf(endsAt)} ${durable ? 'd' : '-'} ${counter}`,
  )
  return (repeated ? '!' : '') + lines.join('\n')
}

/** What `admit` says about the charges of a call, by its verdict. */
export type ChargeReply =
  | { readonly levels: readonly number[] }
  | { readonly excess: readonly Excess[] }
  | { readonly unseeded: readonly string[] }

export function readChargeReply(
  verdict: string,
  numbers: string,
  charges: readonly Charge[],
): ChargeReply {
  const values = numbers.split(' ').map(Number)
  if (verdict === 'o') return { levels: values }
  if (verdict === 'n') return { unseeded: values.map((place) => charges[place]?.counter ?? '') }
  const excess: Excess[] = []
  for (let at = 0; at + 1 < values.length; at += 2)
    excess.push({ charge: values[at] ?? 0, level: values[at + 1] ?? 0 })
  return { excess }
}

export function seedArguments(tenantId: string, seeds: readonly Seed[]): readonly Argument[] {
  const fields = new FieldWriter()
  fields.text(tenantId)
  for (const { counter, used, endsAt } of seeds) {
    fields.text(counter)
    fields.number(used)
    fields.text(endOf(endsAt))
  }
  return fields.arguments()
}

export function countArguments(tenantId: string, counters: readonly string[]): readonly Argument[] {
  const fields = new FieldWriter()
  fields.text(tenantId)
  for (const counter of counters) fields.text(counter)
  return fields.arguments()
}

export function readCountsReply(reply: unknown, counters: readonly string[]): (Count | null)[] {
  const fields = FieldReader.ofReply(reply)
  return counters.map(() => {
    const used = fields.text()
    const reserved = fields.text()
    return used === '' ? null : { used: Number(used), reserved: Number(reserved) }
  })
}
