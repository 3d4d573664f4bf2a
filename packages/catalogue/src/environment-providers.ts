import { type Environment, envList, envText, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'
import { abortStopsBilling } from './abort-billing.ts'
import type { Provider } from './catalogue.ts'

const defaultOllama = 'http://localhost:11434'
const defaultLmStudio = 'http://localhost:1234/v1'

/** Provider keys and addresses that make a provider without a line of configuration. A key may be a comma-separated pool. */
export const environment = z.object({
  CONFIG_PATH: envText
    .optional()
    .describe('configuration file (sluice.yaml in the working directory, if there is one)'),
  DEMO_PROVIDER_URL: z
    .url()
    .optional()
    .describe('demo provider that runs on its own; without it `npm start` brings its own'),
  OPENAI_API_KEY: envList.optional().describe('OpenAI key, or several separated by commas'),
  OPENAI_BASE_URL: z.url().optional().describe("OpenAI's address, up to and including /v1"),
  OPENROUTER_API_KEY: envList.optional().describe('OpenRouter key'),
  MISTRAL_API_KEY: envList.optional().describe('Mistral key'),
  GROQ_API_KEY: envList.optional().describe('Groq key'),
  DEEPSEEK_API_KEY: envList.optional().describe('DeepSeek key'),
  OLLAMA_URL: z
    .url()
    .default(defaultOllama)
    .describe('Ollama server; looked for on loopback unless set'),
  LMSTUDIO_URL: z
    .url()
    .default(defaultLmStudio)
    .describe('LM Studio server; looked for on loopback unless set'),
  VLLM_URL: z
    .url()
    .optional()
    .describe("vLLM or TGI server's OpenAI-compatible address, up to and including /v1"),
  DEFAULT_MODEL: envText.optional().describe('model for calls that ask for `auto`'),
})

/** A provider that the environment offers; its models are asked for at start. */
export interface DiscoveredProvider {
  readonly provider: Provider
  /** Price list id, or null for local servers, whose models are free. */
  readonly priceList: string | null
  /** Named by the operator (a failure is worth a warning) or just looked for. */
  readonly expected: boolean
}

const vendors = [
  { name: 'openai', variable: 'OPENAI_API_KEY', baseUrl: 'https://api.openai.com/v1' },
  { name: 'openrouter', variable: 'OPENROUTER_API_KEY', baseUrl: 'https://openrouter.ai/api/v1' },
  { name: 'mistral', variable: 'MISTRAL_API_KEY', baseUrl: 'https://api.mistral.ai/v1' },
  { name: 'groq', variable: 'GROQ_API_KEY', baseUrl: 'https://api.groq.com/openai/v1' },
  { name: 'deepseek', variable: 'DEEPSEEK_API_KEY', baseUrl: 'https://api.deepseek.com/v1' },
] as const

export function environmentProviders(env: Environment): DiscoveredProvider[] {
  const values = readEnvironment(environment, env)
  const found: DiscoveredProvider[] = []
  for (const { name, variable, baseUrl } of vendors) {
    const keys = values[variable]
    if (keys === undefined || keys.length === 0) continue
    const address = name === 'openai' ? (values.OPENAI_BASE_URL ?? baseUrl) : baseUrl
    found.push({ provider: row(name, address, keys), priceList: name, expected: true })
  }
  if (values.VLLM_URL !== undefined) {
    found.push({ provider: row('vllm', values.VLLM_URL, []), priceList: null, expected: true })
  }
  const named = (variable: string) => Boolean(env[variable])
  found.push({
    provider: row('lmstudio', values.LMSTUDIO_URL, []),
    priceList: null,
    expected: named('LMSTUDIO_URL'),
  })
  const ollama: Provider = { ...row('ollama', values.OLLAMA_URL, []), wire: 'ollama' }
  found.push({ provider: ollama, priceList: null, expected: named('OLLAMA_URL') })
  return found
}

function row(name: string, baseUrl: string, keys: readonly string[]): Provider {
  return {
    name,
    wire: 'openai-chat',
    baseUrl: baseUrl.replace(/\/+$/, ''),
    auth: keys.length === 0 ? { type: 'none' } : { type: 'bearer', keys },
    forwardHeaders: [],
    abortStopsBilling: abortStopsBilling(baseUrl),
    pool: 'default',
    origin: 'environment',
  }
}
