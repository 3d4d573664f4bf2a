import type { Feature } from './features.ts'

/** What a client cannot do, whoever serves it. */
export interface Limit {
  readonly feature: Feature
  /** Only with this provider of lab.yaml. */
  readonly provider?: string
  /** A sentence for the README. */
  readonly reason: string
}

/** One client of the lab. This file imports no client: the matrix is made from it where none is installed. */
export interface LabClient {
  /** As in the names of the tests. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** Of package.json, or of python/requirements.txt. */
  readonly package: string
  /** What that package is a part of: its version is told as well. */
  readonly on?: string
  readonly language: 'node' | 'python'
  /** `drivers/<driver>.ts`. */
  readonly driver: string
  readonly features: readonly Feature[]
  /** Its retries name themselves (`x-stainless-retry-count`); others need an `Idempotency-Key` from their caller. */
  readonly namesRetries: boolean
  readonly limits?: readonly Limit[]
  /** In `npm test`, beside the whole lab. */
  readonly isSmoke?: boolean
}

const answers = ['plain', 'stream', 'usage'] as const
const toolUse = ['tools', 'parallel-tools'] as const
const refusals = ['wrong-key', 'unknown-model', 'retry-after'] as const
const failures = ['joined-retry', 'broken-stream', 'truncated-stream', 'cut-stream'] as const
const chat = [...answers, ...toolUse, 'structured', 'image', ...refusals, ...failures] as const
const media = ['pictures', 'speech', 'transcription'] as const
const embeddings = ['embeddings-base64', 'embeddings-float'] as const

export const clients: readonly LabClient[] = [
  {
    name: 'openai.chat',
    title: 'OpenAI SDK, chat',
    package: 'openai',
    language: 'node',
    driver: 'openai-chat',
    features: [...chat, ...embeddings, ...media, 'models', 'no-retry'],
    namesRetries: true,
    isSmoke: true,
  },
  {
    name: 'openai.responses',
    title: 'OpenAI SDK, Responses',
    package: 'openai',
    language: 'node',
    driver: 'openai-responses',
    features: [...chat, 'reasoning', 'no-retry'],
    namesRetries: true,
    isSmoke: true,
  },
  {
    name: 'openai.completions',
    title: 'OpenAI SDK, legacy completions',
    package: 'openai',
    language: 'node',
    driver: 'openai-completions',
    features: [...answers, ...refusals, 'no-retry', ...failures],
    namesRetries: true,
  },
  {
    name: 'anthropic.1',
    title: 'Anthropic SDK',
    package: '@anthropic-ai/sdk',
    language: 'node',
    driver: 'anthropic-1',
    features: [...chat, 'reasoning', 'token-count', 'models', 'no-retry'],
    namesRetries: true,
    isSmoke: true,
  },
  {
    name: 'anthropic.0',
    title: 'Anthropic SDK, the line before',
    package: 'anthropic-sdk-0',
    language: 'node',
    driver: 'anthropic-0',
    features: [...chat, 'reasoning', 'token-count', 'models', 'no-retry'],
    namesRetries: true,
  },
  {
    name: 'ai.openai.responses',
    title: 'Vercel AI SDK, `openai()`',
    package: '@ai-sdk/openai',
    on: 'ai',
    language: 'node',
    driver: 'ai-openai-responses',
    features: [...chat, 'reasoning', 'embeddings-float'],
    namesRetries: false,
  },
  {
    name: 'ai.openai.chat',
    title: 'Vercel AI SDK, `openai.chat()`',
    package: '@ai-sdk/openai',
    on: 'ai',
    language: 'node',
    driver: 'ai-openai-chat',
    features: chat,
    namesRetries: false,
  },
  {
    name: 'ai.anthropic',
    title: 'Vercel AI SDK, `anthropic()`',
    package: '@ai-sdk/anthropic',
    on: 'ai',
    language: 'node',
    driver: 'ai-anthropic',
    features: [...chat, 'reasoning'],
    namesRetries: false,
    limits: [
      {
        feature: 'structured',
        provider: 'llama',
        reason: 'for models that it does not know it forces a tool call, which Ollama cannot do',
      },
    ],
  },
  {
    name: 'ai.openai-compatible',
    title: 'Vercel AI SDK, openai-compatible',
    package: '@ai-sdk/openai-compatible',
    on: 'ai',
    language: 'node',
    driver: 'ai-openai-compatible',
    features: [...chat, 'reasoning', 'embeddings-float'],
    namesRetries: false,
    limits: [
      {
        feature: 'reasoning',
        provider: 'google',
        reason: 'Gemini shows thoughts only when asked to, which a chat call has no word for',
      },
    ],
  },
  {
    name: 'langchain.openai',
    title: 'LangChain, ChatOpenAI',
    package: '@langchain/openai',
    on: '@langchain/core',
    language: 'node',
    driver: 'langchain-openai',
    features: [...chat, ...embeddings, 'no-retry'],
    namesRetries: false,
  },
  {
    name: 'langchain.anthropic',
    title: 'LangChain, ChatAnthropic',
    package: '@langchain/anthropic',
    on: '@langchain/core',
    language: 'node',
    driver: 'langchain-anthropic',
    features: [...chat, 'reasoning', 'no-retry'],
    namesRetries: false,
    limits: [
      {
        feature: 'usage',
        reason:
          'LangChain adds the tokens of the first event to those of the last: of a stream it counts one too many, and no input where that is known only at the end',
      },
    ],
  },
  {
    name: 'openai-agents',
    title: 'OpenAI Agents SDK',
    package: '@openai/agents',
    language: 'node',
    driver: 'openai-agents',
    features: [...chat, 'reasoning', 'no-retry'],
    namesRetries: true,
  },
  {
    name: 'llamaindex',
    title: 'LlamaIndex, OpenAI',
    package: '@llamaindex/openai',
    language: 'node',
    driver: 'llamaindex',
    features: [...chat, 'embeddings-base64', 'no-retry'],
    namesRetries: true,
  },
  {
    name: 'python.openai.chat',
    title: 'OpenAI SDK for Python, chat',
    package: 'openai',
    language: 'python',
    driver: 'python',
    features: [...chat, ...embeddings, ...media, 'models', 'no-retry'],
    namesRetries: true,
  },
  {
    name: 'python.openai.responses',
    title: 'OpenAI SDK for Python, Responses',
    package: 'openai',
    language: 'python',
    driver: 'python',
    features: [...chat, 'reasoning', 'no-retry'],
    namesRetries: true,
  },
  {
    name: 'python.anthropic',
    title: 'Anthropic SDK for Python',
    package: 'anthropic',
    language: 'python',
    driver: 'python',
    features: [...chat, 'reasoning', 'token-count', 'models', 'no-retry'],
    namesRetries: true,
  },
]
