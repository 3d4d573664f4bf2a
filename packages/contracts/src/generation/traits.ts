import { z } from 'zod'

/**
 * What is particular about one model at one provider: data of its catalogue row, never a comparison with a model's name in code. Travels with
 * the route, so that whoever calls the provider needs no catalogue.
 */
export const Traits = z.object({
  /** Parameters that the model refuses, by their OpenAI chat names (`temperature`, `seed`): left out and reported. */
  refuses: z.array(z.string()).optional(),
  /** Which member limits the answer, where the wire has two. */
  maxTokensName: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  /** Limit on the answer where the wire demands one and the caller set none, tokens. */
  defaultMaxTokens: z.int().positive().optional(),
  /** How thinking is asked for (Anthropic): by a budget of tokens, or left to the model with an effort. */
  thinking: z.enum(['budget', 'adaptive']).optional(),
  /** `native`: the model itself holds to a schema (Anthropic); else a tool stands for the answer. */
  structuredOutput: z.enum(['native', 'tool']).optional(),
  /** False: the last message must not be the assistant's. */
  prefill: z.boolean().optional(),
  /** False: the usage chunk must not be asked for. */
  streamOptions: z.boolean().optional(),
  /** True: thoughts are to be given back beside the tool calls they led to (`reasoning_content`). */
  replaysReasoning: z.boolean().optional(),
  /** Form of tool call ids that the provider demands. */
  toolCallId: z.enum(['nine-alphanumerics']).optional(),
  /** Value of `anthropic-version`, or of the body's `anthropic_version` where the provider wants it there. */
  anthropicVersion: z.string().optional(),
  /** `anthropic-beta` values that the provider takes; absent = all. */
  anthropicBetas: z.array(z.string()).optional(),
})
export type Traits = z.infer<typeof Traits>

export const noTraits: Traits = Object.freeze({})
