import { alertFired } from './alert-fired.ts'
import { auditRecorded } from './audit-recorded.ts'
import { budgetThresholdReached } from './budget-threshold-reached.ts'
import { canarySent } from './canary-sent.ts'
import { checkpointRecorded } from './checkpoint-recorded.ts'
import { configurationChanged } from './configuration-changed.ts'
import { conversationTurnRecorded } from './conversation-turn-recorded.ts'
import { generationFinished } from './generation-finished.ts'
import { identityChanged } from './identity-changed.ts'
import { routeDecided } from './route-decided.ts'
import type { AnyTopic } from './topic.ts'
import { usageRecorded } from './usage-recorded.ts'

/** Every topic the product writes; `sluice topics apply` creates them from this list. */
export const allTopics: readonly AnyTopic[] = [
  conversationTurnRecorded,
  checkpointRecorded,
  usageRecorded,
  routeDecided,
  generationFinished,
  identityChanged,
  configurationChanged,
  auditRecorded,
  budgetThresholdReached,
  alertFired,
  canarySent,
]
