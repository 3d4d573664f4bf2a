import type { WireName } from '@sluice/contracts/wire-name'

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * One chat call in no vendor's words: what every dialect is decoded to and every other one is encoded from. It can say whatever at least two
 * dialects can; what only one knows stays in `extra`. `null` and an empty list mean that the caller did not say.
 */
export interface CanonicalRequest {
  readonly model: string
  readonly stream: boolean
  /** In the caller's order; system messages stand where the caller put them. Neighbours may have the same role: a target that minds merges them. */
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice | null
  /** False = at most one call per turn. */
  readonly parallelToolCalls: boolean | null
  readonly sampling: Sampling
  /** Limit on the answer, tokens. */
  readonly maxTokens: number | null
  readonly stop: readonly string[]
  /** Answers wanted (`n`). */
  readonly choices: number | null
  /** Log probabilities of the chosen tokens, and of so many others per place; null = none. */
  readonly logprobs: number | null
  readonly logitBias: Readonly<Record<string, number>> | null
  readonly responseFormat: ResponseFormat | null
  readonly reasoning: Reasoning | null
  /** The end user whom the caller names. */
  readonly user: string | null
  /** Calls with the same key share a prefix worth caching. */
  readonly cacheKey: string | null
  readonly serviceTier: string | null
  readonly metadata: JsonObject | null
  /** Other members of the caller's body, by name: a target that knows one of them takes it as it is (`cachedContent`, `options.num_ctx`). */
  readonly extra: JsonObject
  /** What the caller's own dialect needs of the call to answer it, in its words; no target reads it. */
  readonly asked?: JsonObject
}

export interface Sampling {
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly presencePenalty: number | null
  readonly frequencyPenalty: number | null
  readonly seed: number | null
}

export const noSampling: Sampling = Object.freeze({
  temperature: null,
  topP: null,
  topK: null,
  presencePenalty: null,
  frequencyPenalty: null,
  seed: null,
})

export type Message =
  /** Also OpenAI's `developer`. */
  | { readonly role: 'system'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly ContentPart[]; readonly name?: string }
  | { readonly role: 'assistant'; readonly content: readonly AssistantPart[] }
  /** Results that followed one another, in their order. */
  | { readonly role: 'tool'; readonly results: readonly ToolResult[] }

/** A prefix worth caching ends here. `1h` where the caller asked for the long one. */
export type CacheBreakpoint = '5m' | '1h'

interface Cacheable {
  readonly cache?: CacheBreakpoint
}

export interface TextPart extends Cacheable {
  readonly type: 'text'
  readonly text: string
}

export interface ImagePart extends Cacheable {
  readonly type: 'image'
  readonly source: MediaSource
  /** OpenAI's `low`, `high`, `auto`. */
  readonly detail?: string
}

export interface AudioPart {
  readonly type: 'audio'
  /** Base64. */
  readonly data: string
  /** `wav`, `mp3`. */
  readonly format: string
}

export interface DocumentPart extends Cacheable {
  readonly type: 'document'
  readonly source: MediaSource | { readonly kind: 'text'; readonly text: string }
  readonly title?: string
}

export type ContentPart = TextPart | ImagePart | AudioPart | DocumentPart

export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  /** Known to one vendor only. */
  | { readonly kind: 'file'; readonly id: string }

export type AssistantPart = TextPart | RefusalPart | ReasoningPart | ToolCallPart

export interface RefusalPart {
  readonly type: 'refusal'
  readonly text: string
}

/**
 * What a model thought, as it is to be given back to it. `signature` and `redacted` are opaque and mean something to the wire in `origin`
 * only: for any other target such a part is left out (T24), and for its own it is kept unchanged, also when the text is empty (T23).
 */
export interface ReasoningPart {
  readonly type: 'reasoning'
  readonly text: string
  readonly signature?: string
  /** Thoughts that only the vendor can read, in place of a text. */
  readonly redacted?: string
  /** The vendor's name of the item (Responses). */
  readonly id?: string
  readonly origin?: WireName
}

export interface ToolCallPart extends Cacheable {
  readonly type: 'tool-call'
  readonly id: string
  readonly name: string
  /** JSON as the model wrote it: it may be cut or wrong (T09). */
  readonly arguments: string
  /** Gemini's thought signature of this call (T25). */
  readonly signature?: string
}

export interface ToolResult extends Cacheable {
  readonly callId: string
  readonly content: readonly ContentPart[]
  readonly isError: boolean
}

export type Tool =
  | FunctionTool
  /** Run by the vendor, or of a kind that only one wire has (web search, grammar, namespace): left out for other targets and reported (T22). */
  | { readonly type: 'native'; readonly wire: WireName; readonly definition: JsonObject }

export interface FunctionTool extends Cacheable {
  readonly type: 'function'
  readonly name: string
  readonly description: string | null
  /** JSON Schema. */
  readonly parameters: JsonObject
  readonly strict: boolean | null
}

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly name: string }

export type ResponseFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema'
      readonly name: string
      readonly description: string | null
      readonly schema: JsonObject
      readonly strict: boolean | null
    }

export interface Reasoning {
  /** Null = not said. */
  readonly effort: Effort | null
  /** Tokens to think with; 0 = none, null = not said. */
  readonly budgetTokens: number | null
  /** The caller wants to see the thoughts; null = not said. */
  readonly visible: boolean | null
}

export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof efforts)[number]
