import type { Caller } from '@sluice/contracts/caller'
import type { RequestId } from '@sluice/contracts/ids'
import type { IngressContext } from '../../context.ts'
import type { Asked } from '../asked.ts'
import type { Call } from '../call.ts'
import { backgroundAnswer } from './background-answer.ts'
import { beginResponse } from './begin-response.ts'
import { forget, tellEnd } from './kept-responses.ts'

/** What an API with a memory does around a call. */
export interface Session {
  /** Before it is accepted: gives the call as it travels on. */
  begin(call: Call, asked: Asked, caller: Caller, context: IngressContext): Promise<Asked>
  /** Once it is accepted as generation `id`: whether it has its answer by this, which is then not shown. */
  answer(call: Call, id: RequestId, context: IngressContext): Promise<boolean>
  /** The route is done with it, however it ended. */
  end(call: Call, context: IngressContext): void
}

export const responsesSession: Session = {
  begin: beginResponse,
  async answer(call, id, context) {
    if (!call.background || call.stream) return false
    call.accepted = true
    await backgroundAnswer(call, id, context)
    return true
  },
  end({ keptId, id, caller, accepted, attached, terminal }, context) {
    if (keptId === null || caller === null) return
    // A repetition is shown the response of the first call: its own never began.
    if (!accepted || attached || keptId !== id) forget(keptId, caller, context)
    else if (terminal !== null) tellEnd(keptId, caller, context)
  },
}
