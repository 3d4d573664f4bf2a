import { globMatcher } from '@sluice/catalogue/glob'
import type { Caller } from '@sluice/contracts/caller'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import { isStorable } from '@sluice/management/storable'
import { ingressErrors } from '../errors.ts'

/** Compiled once per verdict: a cached verdict hands out the same caller object every time. */
const matchers = new WeakMap<Caller, (model: string) => boolean>()

export function mayUseModel(caller: Caller, model: string): boolean {
  if (caller.models === null) return true
  let matches = matchers.get(caller)
  if (!matches) matchers.set(caller, (matches = globMatcher(caller.models)))
  return matches(model)
}

/** Decided on the name alone, so the refusal does not tell whether the model exists. */
export function requireModel(caller: Caller, model: string): void {
  if (!isStorable(model)) {
    const message = "Invalid value for 'model': it holds what is no text"
    throw new GatewayError(managementErrors.invalid_request, message, { param: 'model' })
  }
  if (mayUseModel(caller, model)) return
  throw new GatewayError(
    ingressErrors.permission_denied,
    `This API key may not use the model ${JSON.stringify(model)}: the models of the key itself, or those of its project, are others`,
    { param: 'model' },
  )
}
