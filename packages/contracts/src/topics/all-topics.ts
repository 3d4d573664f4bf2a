import { auditRecorded } from './audit-recorded.ts'
import { budgetThresholdReached } from './budget-threshold-reached.ts'
import { identityChanged } from './identity-changed.ts'
import type { TopicLayout } from './topic.ts'
import { usageRecorded } from './usage-recorded.ts'

/** Every topic the product writes; `sluice topics apply` creates them from this list. */
export const allTopics: readonly TopicLayout[] = [
  usageRecorded,
  identityChanged,
  auditRecorded,
  budgetThresholdReached,
]
