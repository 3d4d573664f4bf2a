import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError } from '@sluice/kernel/errors'
import type { CanonicalReply, Choice } from '@sluice/wire/canonical-reply'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { parseJson } from '@sluice/wire/json'
import { asStreamParts, collectParts } from '@sluice/wire/stream-parts'
import { type CallIds, createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { type Candidate, isAnswer, readAnswer } from './answer.ts'
import { decodeAnswer } from './decode-contents.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'

/** A text may come in several parts: it is one all the same, as in a stream. A blocked prompt has no candidate at all: it is an answer without content (T07). */
export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const answer = readAnswer(parseJson(body.toString()))
  if (!isAnswer(answer)) throw thrown(answer)
  const { candidates, usage } = answer
  const ids = createCallIds(requestId)
  const [first, ...others] = candidates
    .filter(({ parts, finish }) => finish !== null || parts.length > 0)
    .toSorted((a, b) => a.index - b.index)
    .map((candidate) => decodeCandidate(candidate, ids))
  if (!first) throw thrown(generationError(wireErrors.upstream_error))
  return { ...first, ...(others.length > 0 ? { others } : {}), usage: decodeUsage(usage) }
}

function decodeCandidate({ parts, finish }: Candidate, ids: CallIds): Choice {
  const content = parts.flatMap((part) =>
    decodeAnswer(part, { callId: (given) => ids.next(given) }),
  )
  const called = content.some(({ type }) => type === 'tool-call')
  return {
    content: collectParts(asStreamParts(content)),
    finish: decodeFinish(finish ?? 'STOP', called),
  }
}

/** The definition's title carries the text: it is what callers see of a 5xx. */
export function thrown({
  code,
  status,
  retryable,
  message,
  retryAfterMs,
  ...rest
}: GenerationError): GatewayError {
  const { type, param } = rest
  return new GatewayError({ code, status, retryable, title: message }, message, {
    type,
    param: param ?? undefined,
    retryAfterMs,
  })
}
