import { noTraits, type Traits } from '@sluice/contracts/generation/traits'

interface TraitRow {
  /** Absent = whoever serves the model. */
  readonly vendors?: readonly string[]
  readonly exceptVendors?: readonly string[]
  /** Over the provider's name of the model in lower case; absent = all models of those vendors. */
  readonly models?: RegExp
  readonly traits: Traits
  /** Where it is written, and when that was looked up. */
  readonly source: string
  readonly asOf: string
}

/** The name's own beginning, behind whatever a reseller puts before it: `openai/`, `us.anthropic.`. */
const begin = String.raw`(?:^|[/.:])`

const betasOfBedrock = [
  'computer-use-2025-01-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14',
  'output-128k-2025-02-19',
  'token-efficient-tools-2025-02-19',
  'tool-examples-2025-10-29',
  'tool-search-tool-2025-10-19',
]

const samplingOfReasoners = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
]

/**
 * What known models and vendors refuse or want. Rows that fit are laid over one another in this order; `refuses` adds up. A row of the
 * configuration file counts before all of them. What is missing here costs a caller the provider's own 400, nothing else.
 */
export const traitRows: readonly TraitRow[] = [
  {
    models: new RegExp(`${begin}(?:o[134](?:-|$)|gpt-5(?![.\\d]|-chat))`),
    // It drops what a model does not take by itself.
    exceptVendors: ['openrouter'],
    traits: { refuses: samplingOfReasoners, maxTokensName: 'max_completion_tokens' },
    source:
      'learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning, github.com/vercel/ai/issues/10932',
    asOf: '2026-11-21',
  },
  {
    // They take sampling parameters at effort `none`, which is their default: left to the provider.
    models: new RegExp(`${begin}gpt-5(?:\\.\\d|-chat)`),
    exceptVendors: ['openrouter'],
    traits: { maxTokensName: 'max_completion_tokens' },
    source: 'github.com/vercel/ai/issues/10932',
    asOf: '2026-11-21',
  },
  {
    // Callers of other dialects need not set a limit. Every Claude since 3.5 can write as much.
    models: /claude-(?:(?:opus|sonnet|haiku)-[4-9]|[4-9]-|3[-.][57]-|mythos|fable)/,
    traits: { defaultMaxTokens: 8_192 },
    source: 'platform.claude.com/docs/en/about-claude/models/overview',
    asOf: '2026-11-21',
  },
  {
    models: /claude-(?:opus|sonnet)-4[-.]6|claude-4[-.]6-(?:opus|sonnet)/,
    traits: { thinking: 'adaptive', prefill: false },
    source: 'docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html',
    asOf: '2026-11-21',
  },
  {
    models:
      /claude-(?:(?:opus|sonnet|haiku)-(?:4[-.][789]|[5-9])|4[-.][789]-|[5-9]-|mythos|fable)(?!\d)/,
    traits: { refuses: ['temperature', 'top_p', 'top_k'], thinking: 'adaptive', prefill: false },
    source: 'platform.claude.com/docs/en/about-claude/models/migration-guide',
    asOf: '2026-11-21',
  },
  {
    vendors: ['anthropic', 'bedrock'],
    models: /claude-(?:(?:opus|sonnet|haiku)-(?:4[-.][5-9]|[5-9])|mythos|fable)(?!\d)/,
    traits: { structuredOutput: 'native' },
    source:
      'platform.claude.com/docs/en/build-with-claude/structured-outputs, docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-structured-outputs.html',
    asOf: '2026-11-21',
  },
  {
    vendors: ['bedrock'],
    models: /anthropic|claude/,
    traits: { anthropicVersion: 'bedrock-2023-05-31', anthropicBetas: betasOfBedrock },
    source:
      'docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html',
    asOf: '2026-11-21',
  },
  {
    // Gemini's wire there knows nothing of them.
    vendors: ['vertex'],
    traits: {
      anthropicVersion: 'vertex-2023-10-16',
      anthropicBetas: [
        'computer-use-2025-01-24',
        'context-1m-2025-08-07',
        'interleaved-thinking-2025-05-14',
        'tool-search-tool-2025-10-19',
        'web-search-2025-03-05',
      ],
    },
    source: 'platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai',
    asOf: '2026-11-21',
  },
  {
    vendors: ['mistral'],
    traits: {
      // Unknown members are refused whole (422).
      refuses: [
        'seed',
        'logit_bias',
        'logprobs',
        'top_logprobs',
        'user',
        'store',
        'service_tier',
        'prompt_cache_key',
      ],
      maxTokensName: 'max_tokens',
      streamOptions: false,
      toolCallId: 'nine-alphanumerics',
    },
    source: 'docs.mistral.ai/api, github.com/TabbyML/tabby/issues/4082',
    asOf: '2026-11-21',
  },
  {
    vendors: ['databricks'],
    traits: { streamOptions: false },
    source: 'developer.konghq.com/plugins/ai-proxy/changelog 3.14.0.5',
    asOf: '2026-11-21',
  },
  {
    vendors: ['groq'],
    traits: { refuses: ['logprobs', 'top_logprobs', 'logit_bias'] },
    source: 'console.groq.com/docs/openai',
    asOf: '2026-11-21',
  },
  {
    vendors: ['deepseek'],
    traits: { maxTokensName: 'max_tokens', replaysReasoning: true },
    source: 'api-docs.deepseek.com/guides/thinking_mode',
    asOf: '2026-11-21',
  },
  {
    // DeepSeek and Kimi models elsewhere think in the same field.
    models: /deepseek-(?:reasoner|r1|v3[.-][12]|v4)|kimi-k2/,
    traits: { replaysReasoning: true },
    source:
      'api-docs.deepseek.com/guides/thinking_mode, github.com/MoonshotAI/kimi-cli/issues/2141',
    asOf: '2026-11-21',
  },
  {
    vendors: ['moonshot'],
    traits: { replaysReasoning: true },
    source: 'github.com/MoonshotAI/kimi-cli/issues/2141',
    asOf: '2026-11-21',
  },
  {
    // How much it thinks is said as a level; a schema can stand beside tools.
    models: /gemini-(?:[3-9]|\d\d)/,
    traits: { thinking: 'adaptive', structuredOutput: 'native' },
    source: 'ai.google.dev/gemini-api/docs/gemini-3',
    asOf: '2026-11-21',
  },
  {
    // Thought signatures are taken, and not missed.
    models: /gemini-[12][.-]/,
    traits: { replaysReasoning: false },
    source: 'ai.google.dev/gemini-api/docs/thought-signatures',
    asOf: '2026-11-21',
  },
  {
    // Elsewhere a budget is what is tried; Converse asks nobody who is not known to think.
    vendors: ['bedrock'],
    models: /claude-(?:3-7-sonnet|(?:opus|sonnet|haiku)-4-(?:[15]-)?\d{8})/,
    traits: { thinking: 'budget' },
    source: 'docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html',
    asOf: '2026-11-21',
  },
  {
    vendors: ['xai'],
    models: /^grok-(?:3-mini|4(?!.*non-reasoning))/,
    traits: { refuses: ['presence_penalty', 'frequency_penalty', 'stop'] },
    source: 'docs.x.ai/docs/guides/reasoning',
    asOf: '2026-11-21',
  },
]

/** What the table says about a model at a vendor; null = a vendor nobody knows. */
export function traitsOf(vendor: string | null, upstreamModel: string): Traits {
  const model = upstreamModel.toLowerCase()
  const fits = ({ vendors, exceptVendors, models }: TraitRow) =>
    (vendors === undefined || (vendor !== null && vendors.includes(vendor))) &&
    !(vendor !== null && exceptVendors?.includes(vendor)) &&
    (models === undefined || models.test(model))
  return traitRows.filter(fits).reduce((known, { traits }) => over(known, traits), noTraits)
}

function over(below: Traits, above: Traits): Traits {
  const refuses = [...new Set([...(below.refuses ?? []), ...(above.refuses ?? [])])]
  return { ...below, ...above, ...(refuses.length > 0 ? { refuses } : {}) }
}
