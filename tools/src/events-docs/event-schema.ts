import type { AnyTopic } from '@sluice/contracts/topics/topic'
import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

/** Whole numbers that JSON readers hold exactly: said once in docs/events/README.md, not at every field. */
const safe = Number.MAX_SAFE_INTEGER

/**
 * What a reader may rely on. The schema is open (a member may be added within a version), and a member with a default may be absent: events that
 * are older than the member lack it.
 */
export function eventSchema(topic: AnyTopic): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(topic.payload, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === safe) delete jsonSchema.maximum
      if (jsonSchema.minimum === -safe) delete jsonSchema.minimum
    },
  })
  return {
    $schema,
    $id: `urn:${topic.type.replaceAll('.', ':')}:${String(topic.version)}`,
    title: topic.type,
    description: topic.description,
    ...schema,
  }
}
