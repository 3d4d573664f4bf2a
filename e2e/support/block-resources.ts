import { afterAll } from '@jest/globals'

/** What a describe block holds: released in reverse after its tests, also when one of them could not be had. */
export function blockResources(): AsyncDisposableStack {
  const resources = new AsyncDisposableStack()
  afterAll(() => resources.disposeAsync(), 60_000)
  return resources
}
