import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { ProviderFormat } from '@sluice/wire/wire-format'

/** Nobody calls the gateway in these dialects, so that nothing is ever passed through. */
export const noPassThrough: Pick<
  ProviderFormat,
  'passRequest' | 'passReply' | 'createPassThrough'
> = {
  passRequest: unsupported,
  passReply: unsupported,
  createPassThrough: unsupported,
}

function unsupported(): never {
  throw new GatewayError(wireErrors.wire_unsupported)
}
