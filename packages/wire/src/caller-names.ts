import type { CanonicalRequest } from './canonical-request.ts'
import type { JsonMembers } from './splice.ts'

/** What a name that a caller chose is to its provider: another one for each tenant. */
export type Disguise = (name: string) => string

/**
 * Members by which a provider tells the end users, conversations and prompt caches of one account apart: OpenAI's own, and those of vendors that
 * speak its dialects (Fireworks, vLLM and SGLang, Z.ai, OpenRouter).
 */
export const callerNames = [
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_isolation_key',
  'cache_salt',
  'user_id',
  'session_id',
] as const

/** Adds the edits of a body that is passed through; `members` must have been scanned for `callerNames`. What is to be left out stays so. */
export function disguiseMembers(
  members: JsonMembers<string>,
  disguise: Disguise,
  changes: Record<string, string | null>,
): void {
  for (const name of callerNames) {
    const value = members.read(name)
    if (value === undefined || value === null || changes[name] === null) continue
    changes[name] = JSON.stringify(disguised(value, disguise))
  }
}

/** The same for a call that is translated. */
export function withDisguise(request: CanonicalRequest, disguise: Disguise): CanonicalRequest {
  const { user, cacheKey, extra } = request
  const named = callerNames.filter((name) => extra[name] !== undefined && extra[name] !== null)
  if (user === null && cacheKey === null && named.length === 0) return request
  const others = named.map((name) => [name, disguised(extra[name], disguise)] as const)
  return {
    ...request,
    user: user === null ? null : disguise(user),
    cacheKey: cacheKey === null ? null : disguise(cacheKey),
    extra: { ...extra, ...Object.fromEntries(others) },
  }
}

/** A vendor may take what is no text. */
function disguised(value: unknown, disguise: Disguise): string {
  return disguise(typeof value === 'string' ? value : JSON.stringify(value))
}
