import { GatewayError } from '@sluice/kernel/errors'
import { icebergErrors } from './errors.ts'

/** The file that a location of Iceberg names; whatever is in no folder of this machine is refused. */
export function localPath(location: string): string {
  if (location.startsWith('/')) return location
  const [, path] = /^file:(?:\/\/)?(\/.*)$/.exec(location) ?? []
  if (path !== undefined) return path
  const message = `${location} is in no folder of this machine`
  throw new GatewayError(icebergErrors.storage_unsupported, message)
}
