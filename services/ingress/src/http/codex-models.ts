import type { ListedModel } from '@sluice/contracts/rpc/router'

/** Said to every model; Codex brings thousands of characters of its own for the models that it knows. */
const baseInstructions =
  'You are a coding agent that works in a terminal on the user’s machine. Use the tools you are given to read, run and change code, ' +
  'keep changes small, check them, and say briefly what you did.'

const efforts = ['low', 'medium', 'high'].map((effort) => ({ effort, description: effort }))

/** What Codex must find in a model of its picker; without one of these members it throws the whole list away. */
export function asCodexModel({ id, capabilities }: ListedModel, position: number) {
  const { context_window: window, reasoning, images } = capabilities
  const reasons = reasoning !== false
  return {
    slug: id,
    display_name: id,
    description: null,
    default_reasoning_level: reasons ? 'medium' : null,
    supported_reasoning_levels: reasons ? efforts : [],
    shell_type: 'shell_command',
    visibility: 'list',
    supported_in_api: true,
    priority: position,
    upgrade: null,
    base_instructions: baseInstructions,
    supports_reasoning_summaries: reasons,
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: null,
    truncation_policy: { mode: 'bytes', limit: 10_000 },
    supports_parallel_tool_calls: capabilities['tools'] !== false,
    context_window: typeof window === 'number' ? window : null,
    experimental_supported_tools: [],
    input_modalities: images === true ? ['text', 'image'] : ['text'],
  }
}
