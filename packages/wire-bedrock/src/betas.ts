import type { Traits } from '@sluice/contracts/generation/traits'
import { isObject } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'

/** Members of a body, and of a tool, that Bedrock takes only beside the name of their beta. From its user guide, November 2026. */
const betaOfMember: Readonly<Record<string, string>> = {
  context_management: 'context-management-2025-06-27',
  output_config: 'effort-2025-11-24',
}
const betaOfToolMember: Readonly<Record<string, string>> = {
  defer_loading: 'tool-search-tool-2025-10-19',
  eager_input_streaming: 'fine-grained-tool-streaming-2025-05-14',
  input_examples: 'tool-examples-2025-10-29',
}

/** Bedrock reads betas from the body, not from a header: those that the body's members need are named there, so that no pair is halved (T59). */
export function withBetas(body: Buffer, { anthropicBetas: allowed }: Traits): Buffer {
  const members = scanMembers<string>(body, [
    'anthropic_beta',
    'tools',
    ...Object.keys(betaOfMember),
  ])
  // The caller knows what is behind the model.
  if (members.read('anthropic_beta') !== undefined) return body
  const needed = Object.keys(betaOfMember).filter((name) => members.read(name) !== undefined)
  const betas = needed.map((name) => betaOfMember[name] ?? '')
  const tools = members.read('tools')
  for (const [name, beta] of Object.entries(betaOfToolMember)) {
    const isUsed =
      Array.isArray(tools) && (tools as unknown[]).some((tool) => isObject(tool) && name in tool)
    if (isUsed) betas.push(beta)
  }
  const sent = betas.filter((beta) => allowed === undefined || allowed.includes(beta))
  return sent.length === 0 ? body : members.edit({ anthropic_beta: JSON.stringify(sent) })
}
