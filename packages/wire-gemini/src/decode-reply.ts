import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError } from '@sluice/kernel/errors'
import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { parseJson } from '@sluice/wire/json'
import { asStreamParts, collectParts } from '@sluice/wire/stream-parts'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { isAnswer, readAnswer } from './answer.ts'
import { decodeAnswer } from './decode-contents.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'

/** A text may come in several parts: it is one all the same, as in a stream. A blocked prompt has no candidate at all: it is an answer without content (T07). */
export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const answer = readAnswer(parseJson(body.toString()))
  if (!isAnswer(answer)) throw thrown(answer)
  const { parts, finish, usage } = answer
  if (finish === null && parts.length === 0)
    throw thrown(generationError(wireErrors.upstream_error))
  const ids = createCallIds(requestId)
  const content = parts.flatMap((part) =>
    decodeAnswer(part, { callId: (given) => ids.next(given) }),
  )
  const called = content.some(({ type }) => type === 'tool-call')
  const whole = collectParts(asStreamParts(content))
  return {
    content: whole,
    finish: decodeFinish(finish ?? 'STOP', called),
    usage: decodeUsage(usage),
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
