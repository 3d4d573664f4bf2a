import type { LakeTable } from '@sluice/contracts/lake/table'
import type { Reason } from '@sluice/lake/event-row'
import type { Numbered } from './events.ts'

export interface Poison {
  readonly value: Buffer | null
  readonly reason: Reason
}

/** What an ordinary producer can put on a topic that is no event of it, made of one that is. */
export function poisonOf(table: LakeTable, good: Numbered): readonly Poison[] {
  const time = requiredTime(table)
  const event = JSON.parse(good.value) as Record<string, unknown>
  const { tenant_id: _, ...incomplete } = event
  const withTime = (json: string) => good.value.replace(/}$/, `,"${time}":${json}}`)
  const notJson = [
    Buffer.from('{"not json'),
    Buffer.from(good.value + good.value),
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.concat([
      Buffer.from(`${good.value.slice(0, -1)},"x":"`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]),
    Buffer.from(`{"long":"${'x'.repeat(900_000)}`),
  ]
  const noEvent = [
    '[1,2]',
    '"text"',
    JSON.stringify(incomplete),
    withTime('null'),
    withTime('"soon"'),
    withTime('{"at":1}'),
    withTime('1.5'),
    withTime('1e400'),
    withTime('99999999999999999999'),
  ]
  return [
    { value: null, reason: 'no value' },
    { value: Buffer.alloc(0), reason: 'no value' },
    ...notJson.map((value) => ({ value, reason: 'not json' as const })),
    ...noEvent.map((text) => ({
      value: Buffer.from(text),
      reason: 'missing required field' as const,
    })),
  ]
}

/** Every table of facts requires one. */
function requiredTime({ name, columns }: LakeTable): string {
  for (const { required, from } of columns)
    if (required && 'path' in from && from.as === 'ms') return from.path.slice(2)
  throw new Error(`${name} requires no time`)
}
