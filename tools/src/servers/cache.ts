import { cachePath as placeOf } from '@sluice/kernel/machine-cache'

/** The place of what was fetched or compiled once for this machine. */
export function cachePath(name: string, recipe: string): string {
  return placeOf(process.env, name, recipe)
}
