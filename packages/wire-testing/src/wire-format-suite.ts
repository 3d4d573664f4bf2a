import { describeBrokenStreams } from './describe-broken-streams.ts'
import { describePassedStreams } from './describe-passed-streams.ts'
import { describeErrors, describeReplies } from './describe-replies.ts'
import { describeRequests } from './describe-requests.ts'
import { describeStreams } from './describe-streams.ts'
import type { FullSuite, WireFormatSuite } from './suite-context.ts'

export type { WireFormatSuite } from './suite-context.ts'

/** What every wire format must pass. The bytes are its own: recorded exchanges of its vendor belong into the format's own tests. */
export function describeWireFormat(given: WireFormatSuite): void {
  const suite: FullSuite = {
    requestForm: (request) => request,
    answerForm: (content) => content,
    usageForm: (counted) => counted,
    finishForm: (reason) => reason,
    endsByClosing: false,
    ...given,
  }
  describeRequests(suite)
  describeReplies(suite)
  describeStreams(suite)
  describeBrokenStreams(suite)
  describePassedStreams(suite)
  describeErrors(suite)
}
