import type { Route } from '@sluice/contracts/http/route'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'

/** Told of an error code that a handler answered and its row does not name. Whoever reads OpenAPI or the SDK has not heard of it. */
export type OnUndeclared = (route: string, code: string) => void

/** What any route may answer: refusals by its row, and failures of what is below it. */
const ofEveryRoute: readonly string[] = [
  'invalid_request',
  'invalid_api_key',
  'permission_denied',
  'rate_limit_exceeded',
  'internal_error',
  'dependency_unavailable',
  'identity_unavailable',
  'rows_unavailable',
  'contract_mismatch',
  'no_answer',
]

export function isUndeclared({ errors = [] }: Pick<Route, 'errors'>, error: GatewayError): boolean {
  return !ofEveryRoute.includes(error.code) && !errors.includes(error.code)
}

/** For production: the caller gets the answer, the log says once what is missing. */
export function logUndeclared(logger: Logger): OnUndeclared {
  const told = new Set<string>()
  return (route, code) => {
    const which = `${route} ${code}`
    if (told.has(which)) return
    told.add(which)
    logger.error({ route, code }, 'a route answers an error code that its row does not name')
  }
}

/** For tests: the call fails by it. */
export const refuseUndeclared: OnUndeclared = (route, code) => {
  const message = `The row of ${route} does not name ${code} among its errors`
  throw new GatewayError(kernelErrors.internal_error, message)
}
