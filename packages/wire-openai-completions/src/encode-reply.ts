import type { CanonicalReply, FinishReason } from '@sluice/wire/canonical-reply'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeUsage } from '@sluice/wire-openai-chat/encode-usage'
import { echoOf } from './decode-request.ts'

export function encodeReply({ content, finish, usage }: CanonicalReply, edits: ReplyEdits): Buffer {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const completion = {
    ...envelopeOf(edits),
    choices: [choice(echoOf(edits.request) + text, finish.reason)],
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
  return Buffer.from(JSON.stringify(completion))
}

export function envelopeOf({ requestId, created, model }: ReplyEdits) {
  return { id: `cmpl-${requestId}`, object: 'text_completion', created, model }
}

/** A completion has no tools: a call that a model made all the same is an end like another. */
export function choice(text: string, finish: FinishReason | null) {
  const reason = finish === 'tool_calls' ? 'stop' : finish
  return { text, index: 0, logprobs: null, finish_reason: reason }
}
