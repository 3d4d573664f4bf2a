import { z } from 'zod'
import { Traits } from '../generation/traits.ts'

/** `Traits`, as far as rows may say them and in the spelling of rows. */
export const TraitsRow = z.strictObject({
  refuses: Traits.shape.refuses,
  max_tokens_name: Traits.shape.maxTokensName,
  default_max_tokens: Traits.shape.defaultMaxTokens,
  thinking: Traits.shape.thinking,
  prefill: Traits.shape.prefill,
  stream_options: Traits.shape.streamOptions,
  replays_reasoning: Traits.shape.replaysReasoning,
  tool_call_id: Traits.shape.toolCallId,
  anthropic_version: Traits.shape.anthropicVersion,
  anthropic_betas: Traits.shape.anthropicBetas,
})
export type TraitsRow = z.infer<typeof TraitsRow>
