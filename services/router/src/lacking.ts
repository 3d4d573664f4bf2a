import { denied } from '@sluice/catalogue/capabilities'
import type { Model } from '@sluice/catalogue/catalogue'
import type { RouteSignals } from './plan-route.ts'

/** What a call takes and the row of a model denies, by the row's own names. What a row does not say is allowed. */
export function lacking({ capabilities }: Model, { operation, needs }: RouteSignals): string[] {
  return denied(capabilities, operation, needs)
}
