import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import { conversationTurnRecorded } from '@sluice/contracts/topics/conversation-turn-recorded'
import { generationFinished } from '@sluice/contracts/topics/generation-finished'
import { routeDecided } from '@sluice/contracts/topics/route-decided'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { OutboxBatch } from '@sluice/store/usage-store'
import { toDecisionEvent, toFinishedEvent, toUsageEvent } from './generation-events.ts'
import type { Answer } from './read-answer.ts'
import { toTurnEvents } from './turn-events.ts'

/** Everything that is told of these generations, in their order. */
export function factsOf(
  records: readonly UsageRecord[],
  answers: ReadonlyMap<RequestId, Answer>,
): readonly OutboxBatch[] {
  return [
    {
      topic: conversationTurnRecorded.name,
      events: records.flatMap((record) =>
        toTurnEvents(record, answers.get(record.request_id) ?? null),
      ),
    },
    { topic: usageRecorded.name, events: records.map(toUsageEvent) },
    {
      topic: routeDecided.name,
      events: records.map(toDecisionEvent).filter((event) => event !== null),
    },
    { topic: generationFinished.name, events: records.map(toFinishedEvent) },
  ]
}
