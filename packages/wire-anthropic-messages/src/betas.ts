import type { Traits } from '@sluice/contracts/generation/traits'

/**
 * Members of a request that belong to a beta: they and the value of `anthropic-beta` travel together or not at all, since half of a pair is
 * refused (T59). Any one of the values is enough. From Anthropic's API reference, November 2026.
 */
const betasOfMember = {
  billing_policy: ['user-profiles-billing-2026-10-01'],
  compaction: ['compact-2026-09-04'],
  container: ['skills-2025-10-02', 'code-execution-2025-05-22'],
  context_management: ['context-management-2025-06-27', 'compact-2026-01-12'],
  diagnostics: ['cache-diagnosis-2026-04-07'],
  fallback_credit_token: ['fallback-credit-2026-06-01', 'fallback-credit-2026-07-01'],
  fallbacks: ['server-side-fallback-2026-06-01', 'server-side-fallback-2026-07-01'],
  mcp_servers: ['mcp-client-2025-04-04', 'mcp-client-2025-11-20', 'mcp-client-2026-09-15'],
  output_config: ['effort-2025-11-24', 'structured-outputs-2025-11-13', 'task-budgets-2026-03-13'],
  output_format: ['structured-outputs-2025-11-13'],
  speed: ['fast-mode-2026-02-01'],
  thread: ['message-threads-2026-08-12'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type BetaMember = keyof typeof betasOfMember
export const betaMembers = Object.keys(betasOfMember) as readonly BetaMember[]

/** The same for members of a tool. */
const betasOfToolMember: Readonly<Record<string, readonly string[]>> = {
  allowed_callers: ['advanced-tool-use-2025-11-20'],
  defer_loading: ['advanced-tool-use-2025-11-20', 'tool-search-tool-2025-10-19'],
  eager_input_streaming: ['fine-grained-tool-streaming-2025-05-14'],
  input_examples: ['advanced-tool-use-2025-11-20', 'tool-examples-2025-10-29'],
}

/** Members that a target without their beta does not know. Empty where it takes every beta. */
export function refusedMembers({ anthropicBetas: allowed }: Traits): readonly BetaMember[] {
  if (!allowed) return []
  return betaMembers.filter((name) => !betasOfMember[name].some((beta) => allowed.includes(beta)))
}

export function refusedToolMembers({ anthropicBetas: allowed }: Traits): readonly string[] {
  if (!allowed) return []
  return Object.keys(betasOfToolMember).filter(
    (name) => betasOfToolMember[name]?.some((beta) => allowed.includes(beta)) !== true,
  )
}
