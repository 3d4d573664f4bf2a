import { checkAccess } from './access.ts'
import { checkAnswers } from './answers.ts'
import { checkDisconnects } from './disconnects.ts'
import { readEvidence, type RunEvidence } from './evidence.ts'
import { checkLedgers } from './ledgers.ts'
import { checkLimits } from './limits.ts'
import { checkLogs } from './logs.ts'
import { checkPeace } from './peace.ts'
import { checkRefusals } from './refusals.ts'
import { checkRepetitions } from './repetitions.ts'
import { checkViewers } from './viewers.ts'

const checks = [
  checkLogs,
  checkAnswers,
  checkViewers,
  checkAccess,
  checkLedgers,
  checkRefusals,
  checkLimits,
  checkRepetitions,
  checkDisconnects,
  checkPeace,
]

/** Every invariant over one run that came to rest; each violation is one line that begins with its id. */
export async function checkRun(run: RunEvidence): Promise<string[]> {
  const evidence = await readEvidence(run)
  return checks.flatMap((check) => [...check(evidence)])
}
