import {
  configurationError,
  type Environment,
  envList,
  envText,
  readEnvironment,
} from '@sluice/kernel/env'
import { z } from 'zod'
import type { Provider, ProviderAuth } from './catalogue.ts'
import type { ModelListKind } from './discover-models.ts'
import { providerRow } from './rows.ts'

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
  ANTHROPIC_API_KEY: envList.optional().describe('Anthropic key'),
  ANTHROPIC_BASE_URL: z.url().optional().describe("Anthropic's address; /v1 may be there or not"),
  GOOGLE_API_KEY: envList.optional().describe('key of the Gemini API'),
  GOOGLE_BASE_URL: z
    .url()
    .optional()
    .describe("the Gemini API's address; /v1beta may be there or not"),
  OPENROUTER_API_KEY: envList.optional().describe('OpenRouter key'),
  OPENROUTER_SITE_URL: z
    .url()
    .default('http://localhost')
    .describe('address that OpenRouter attributes calls to'),
  AZURE_OPENAI_API_KEY: envList.optional().describe('Azure OpenAI key'),
  AZURE_OPENAI_ENDPOINT: z
    .url()
    .optional()
    .describe('https://NAME.openai.azure.com; models are the names of deployments'),
  AZURE_OPENAI_API_VERSION: envText
    .optional()
    .describe('dated version of the Azure API, 2024-10-21 for instance (absent: /openai/v1)'),
  VERTEX_PROJECT: envText.optional().describe('Google Cloud project of Vertex AI'),
  VERTEX_LOCATION: envText
    .default('global')
    .describe('location of Vertex AI, us-east5 for instance'),
  GOOGLE_APPLICATION_CREDENTIALS: envText
    .optional()
    .describe('credentials file of a service account; needed with VERTEX_PROJECT'),
  BEDROCK_REGION: envText.optional().describe('AWS region of Bedrock'),
  AWS_ACCESS_KEY_ID: envText.optional().describe('AWS key; needed with BEDROCK_REGION'),
  AWS_SECRET_ACCESS_KEY: envText.optional().describe('AWS key; needed with BEDROCK_REGION'),
  AWS_SESSION_TOKEN: envText.optional().describe('AWS session, where the key belongs to one'),
  MISTRAL_API_KEY: envList.optional().describe('Mistral key'),
  GROQ_API_KEY: envList.optional().describe('Groq key'),
  DEEPSEEK_API_KEY: envList.optional().describe('DeepSeek key'),
  XAI_API_KEY: envList.optional().describe('xAI key'),
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
type Values = z.infer<typeof environment>

/** A provider that the environment offers; its models are asked for at start. */
export interface DiscoveredProvider {
  readonly provider: Provider
  /** Price list id, or null for local servers, whose models are free. */
  readonly priceList: string | null
  /** How it is asked for its models; null = it is not, and a model is served once it is asked for by a name that has a price. */
  readonly list: ModelListKind | null
  /** Named by the operator (a failure is worth a warning) or just looked for. */
  readonly expected: boolean
}

type Row = Pick<Provider, 'name' | 'wire' | 'baseUrl'> & Partial<Provider>

/** Names that the environment can give a provider: models of the configuration file may belong to them. */
export const environmentProviderNames: ReadonlySet<string> = new Set([
  'demo',
  'openai',
  'anthropic',
  'google',
  'openrouter',
  'azure',
  'vertex-gemini',
  'vertex-anthropic',
  'bedrock',
  'mistral',
  'groq',
  'deepseek',
  'xai',
  'vllm',
  'lmstudio',
  'ollama',
])

export function environmentProviders(env: Environment): DiscoveredProvider[] {
  const values = readEnvironment(environment, env)
  const problems: string[] = []
  const found = [
    ...withKeys(values),
    ...azure(values, problems),
    ...vertex(values, problems),
    ...bedrock(values, problems),
    ...local(values, env),
  ]
  if (problems.length > 0) throw configurationError(problems)
  return found
}

/** Vendors that one key opens. */
function withKeys(values: Values): DiscoveredProvider[] {
  const bearer = (keys: readonly string[]): ProviderAuth => ({ type: 'bearer', keys })
  const inHeader =
    (header: string) =>
    (keys: readonly string[]): ProviderAuth => ({
      type: 'header',
      header,
      keys,
    })
  const vendors: readonly {
    readonly row: Row
    readonly keys: readonly string[] | undefined
    readonly auth: (keys: readonly string[]) => ProviderAuth
    readonly list: ModelListKind
    readonly priceList?: string
  }[] = [
    {
      row: {
        name: 'openai',
        wire: 'openai-chat',
        alsoSpeaks: ['openai-responses', 'openai-completions'],
        baseUrl: values.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
      },
      keys: values.OPENAI_API_KEY,
      auth: bearer,
      list: 'openai',
    },
    {
      row: {
        name: 'anthropic',
        wire: 'anthropic-messages',
        baseUrl: values.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com',
      },
      keys: values.ANTHROPIC_API_KEY,
      auth: inHeader('x-api-key'),
      list: 'anthropic',
    },
    {
      row: {
        name: 'google',
        wire: 'gemini',
        baseUrl: values.GOOGLE_BASE_URL ?? 'https://generativelanguage.googleapis.com',
      },
      keys: values.GOOGLE_API_KEY,
      auth: inHeader('x-goog-api-key'),
      list: 'gemini',
    },
    {
      row: {
        name: 'openrouter',
        wire: 'openai-chat',
        alsoSpeaks: ['openai-completions'],
        baseUrl: 'https://openrouter.ai/api/v1',
        headers: { 'http-referer': values.OPENROUTER_SITE_URL, 'x-openrouter-title': 'Sluice' },
      },
      keys: values.OPENROUTER_API_KEY,
      auth: bearer,
      list: 'openai',
    },
    {
      row: { name: 'mistral', wire: 'openai-chat', baseUrl: 'https://api.mistral.ai/v1' },
      keys: values.MISTRAL_API_KEY,
      auth: bearer,
      list: 'openai',
    },
    {
      row: { name: 'groq', wire: 'openai-chat', baseUrl: 'https://api.groq.com/openai/v1' },
      keys: values.GROQ_API_KEY,
      auth: bearer,
      list: 'openai',
    },
    {
      row: { name: 'deepseek', wire: 'openai-chat', baseUrl: 'https://api.deepseek.com/v1' },
      keys: values.DEEPSEEK_API_KEY,
      auth: bearer,
      list: 'openai',
    },
    {
      row: {
        name: 'xai',
        wire: 'openai-chat',
        alsoSpeaks: ['openai-responses'],
        baseUrl: 'https://api.x.ai/v1',
      },
      keys: values.XAI_API_KEY,
      auth: bearer,
      list: 'openai',
      priceList: 'x-ai',
    },
  ]
  return vendors.flatMap(({ row, keys = [], auth, list, priceList = row.name }) =>
    keys.length === 0 ? [] : [found({ ...row, auth: auth(keys) }, { priceList, list })],
  )
}

/** Deployments have names of their own, so there is no list to ask for. */
function azure(values: Values, problems: string[]): DiscoveredProvider[] {
  const { AZURE_OPENAI_API_KEY: keys = [], AZURE_OPENAI_ENDPOINT: endpoint } = values
  if (keys.length === 0 && endpoint === undefined) return []
  if (keys.length === 0 || endpoint === undefined) {
    problems.push('AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT: go together')
    return []
  }
  const base = endpoint.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '')
  const apiVersion = values.AZURE_OPENAI_API_VERSION
  const row: Row = {
    name: 'azure',
    wire: 'openai-chat',
    alsoSpeaks: apiVersion === undefined ? ['openai-responses', 'openai-completions'] : [],
    // Also behind a host name of one's own.
    vendor: 'azure',
    baseUrl: apiVersion === undefined ? `${base}/openai/v1` : base,
    options: apiVersion === undefined ? {} : { apiVersion },
    auth: { type: 'header', header: 'api-key', keys },
  }
  return [found(row, { priceList: 'azure', list: null })]
}

function vertex(values: Values, problems: string[]): DiscoveredProvider[] {
  const { VERTEX_PROJECT: project, VERTEX_LOCATION: location } = values
  if (project === undefined) return []
  const { GOOGLE_APPLICATION_CREDENTIALS: credentialsFile } = values
  if (credentialsFile === undefined) {
    problems.push('GOOGLE_APPLICATION_CREDENTIALS: must be set beside VERTEX_PROJECT')
    return []
  }
  const shared = {
    baseUrl:
      location === 'global'
        ? 'https://aiplatform.googleapis.com'
        : `https://${location}-aiplatform.googleapis.com`,
    auth: { type: 'google-oauth', credentialsFile },
    options: { project, location },
  } as const
  // The price list has Anthropic's models at Google's prices there, too.
  const of = { priceList: 'google', list: null }
  return [
    found({ ...shared, name: 'vertex-gemini', wire: 'gemini' }, of),
    found({ ...shared, name: 'vertex-anthropic', wire: 'anthropic-messages' }, of),
  ]
}

function bedrock(values: Values, problems: string[]): DiscoveredProvider[] {
  const { BEDROCK_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId } = values
  if (region === undefined) return []
  const { AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = values
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    problems.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: must be set beside BEDROCK_REGION')
    return []
  }
  const row: Row = {
    name: 'bedrock',
    wire: 'bedrock-converse',
    baseUrl: `https://bedrock-runtime.${region}.amazonaws.com`,
    auth: { type: 'aws-sigv4', accessKeyId, secretAccessKey, sessionToken: sessionToken ?? null },
    options: { region },
  }
  return [found(row, { priceList: 'aws', list: null })]
}

/** Servers of one's own: free, and those with a usual address looked for there. */
function local(values: Values, env: Environment): DiscoveredProvider[] {
  const servers: DiscoveredProvider[] = []
  const isNamed = (variable: string) => Boolean(env[variable])
  if (values.VLLM_URL !== undefined) {
    const row: Row = {
      name: 'vllm',
      wire: 'openai-chat',
      alsoSpeaks: ['openai-completions'],
      baseUrl: values.VLLM_URL,
    }
    servers.push(found(row, { priceList: null, list: 'openai' }))
  }
  const lmStudio: Row = {
    name: 'lmstudio',
    wire: 'openai-chat',
    alsoSpeaks: ['openai-completions'],
    baseUrl: values.LMSTUDIO_URL,
  }
  const ollama: Row = { name: 'ollama', wire: 'ollama', baseUrl: values.OLLAMA_URL }
  servers.push(
    found(lmStudio, { priceList: null, list: 'openai', expected: isNamed('LMSTUDIO_URL') }),
    found(ollama, { priceList: null, list: 'ollama', expected: isNamed('OLLAMA_URL') }),
  )
  return servers
}

function found(
  row: Row,
  more: Pick<DiscoveredProvider, 'priceList' | 'list'> & { readonly expected?: boolean },
): DiscoveredProvider {
  return { expected: true, ...more, provider: providerRow({ ...row, origin: 'environment' }) }
}
