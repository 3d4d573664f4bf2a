import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'

type AnyError = GatewayError | GenerationError

/** A provider may repeat the key that it refused: it goes neither to the log nor to the caller (T61). */
export function withoutSecrets(error: AnyError, redact: (text: string) => string): AnyError {
  const message = redact(error.message)
  const verbatim = GatewayError.is(error) ? undefined : error.verbatim
  const isClean = verbatim === undefined || redact(verbatim.body) === verbatim.body
  if (message === error.message && isClean) return error
  const { verbatim: _verbatim, ...rest } = GatewayError.is(error)
    ? { ...toGenerationError(error), verbatim: undefined }
    : error
  return { ...rest, message, ...(isClean && verbatim ? { verbatim } : {}) }
}
