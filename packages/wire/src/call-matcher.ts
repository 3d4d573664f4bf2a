import { createCallIds } from './tool-identity.ts'

/**
 * Ids for the calls of a conversation whose dialect may have none, and the call that a result belongs to: by id, else the oldest of its name
 * that has no result yet. The same conversation gives the same ids, also when it has grown.
 */
export function createCallMatcher() {
  const ids = createCallIds('')
  const open: { readonly id: string; readonly name: string }[] = []
  return {
    callId(given: string | null, name: string): string {
      const id = ids.next(given)
      open.push({ id, name })
      return id
    },
    resultId(given: string | null, name: string | null): string {
      const at = open.findIndex((call) => (given === null ? call.name === name : call.id === given))
      const [call] = at === -1 ? [] : open.splice(at, 1)
      return call?.id ?? given ?? name ?? ''
    },
  }
}
