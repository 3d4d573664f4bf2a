import type { CanonicalRequest } from './canonical-request.ts'

/** What only OpenAI's dialects can say, and members that nobody knows but for those in `silent`: named, since the target is not told of them. */
export function reportUnsaid(
  request: CanonicalRequest,
  silent: ReadonlySet<string>,
  adapted: Set<string>,
): void {
  if (request.logprobs !== null) adapted.add('logprobs')
  if (request.logitBias !== null) adapted.add('logit_bias')
  if (request.user !== null) adapted.add('user')
  if (request.metadata !== null) adapted.add('metadata')
  if (request.cacheKey !== null) adapted.add('prompt_cache_key')
  if (request.serviceTier !== null) adapted.add('service_tier')
  if (request.parallelToolCalls === false) adapted.add('parallel_tool_calls')
  for (const [name, value] of Object.entries(request.extra)) {
    if (value != null && !silent.has(name)) adapted.add(name)
  }
}
