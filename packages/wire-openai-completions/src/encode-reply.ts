import type { CanonicalReply, FinishReason } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeUsage } from '@sluice/wire-openai-chat/encode-usage'
import { echoOf } from './decode-request.ts'

export function encodeReply(reply: CanonicalReply, edits: ReplyEdits): Buffer {
  const { usage, others = [] } = reply
  const echo = echoOf(edits.request)
  const completion = {
    ...envelopeOf(edits),
    choices: [reply, ...others].map(({ content, finish }, index) =>
      choice(index, echo + textIn(content), finish.reason),
    ),
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
  return Buffer.from(JSON.stringify(completion))
}

function textIn(content: readonly AssistantPart[]): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

export function envelopeOf({ requestId, created, model }: ReplyEdits) {
  return { id: `cmpl-${requestId}`, object: 'text_completion', created, model }
}

/** A completion has no tools: a call that a model made all the same is an end like another. */
export function choice(index: number, text: string, finish: FinishReason | null) {
  const reason = finish === 'tool_calls' ? 'stop' : finish
  return { text, index, logprobs: null, finish_reason: reason }
}
