import { defineTopic } from '@sluice/contracts/topics/topic'
import { z } from 'zod'

/** What a test changes: the shape of the published topic below. */
export const lamp = {
  id: z.string(),
  room: z.string(),
  watts: z.int().min(0).nullable(),
  mode: z.enum(['on', 'off']),
  colour: z.enum(['red', 'green']).meta({ 'x-open-values': true }),
  bulbs: z.array(z.object({ slot: z.int(), maker: z.string() })),
  note: z.string().optional(),
}

export const lampExample = {
  id: 'lamp-1',
  room: 'kitchen',
  watts: 7,
  mode: 'on',
  colour: 'red',
  bulbs: [{ slot: 1, maker: 'acme' }],
}

export interface LampChanges {
  readonly shape?: z.ZodRawShape
  readonly without?: keyof typeof lamp
  readonly type?: string
  readonly version?: number
  readonly key?: (event: Record<string, unknown>) => string
}

/** A topic that is published, with what a test does to its contract. */
export function lampTopic({ shape, without, type, version, key }: LampChanges = {}) {
  const { [without ?? '']: _, ...kept } = { ...lamp, ...shape } as z.ZodRawShape
  return defineTopic({
    name: 'sluice.lamp.switched.v1',
    description: 'A lamp was switched.',
    owner: 'lamps',
    keyedBy: 'room',
    order: 'Those of a room come in order.',
    dedupe: 'id',
    content: false,
    personal: 'nothing',
    type: type ?? 'sluice.lamp.switched',
    version: version ?? 1,
    payload: z.object(kept),
    key: key ?? (({ room }: Record<string, unknown>) => String(room as string)),
    partitions: 1,
    retentionMs: -1,
    compacted: false,
  })
}
