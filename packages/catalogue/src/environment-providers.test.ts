import { describe, expect, test } from '@jest/globals'
import { environmentProviderNames, environmentProviders } from './environment-providers.ts'

const provider = (env: Record<string, string>, name: string) =>
  environmentProviders(env).find(({ provider: row }) => row.name === name)?.provider

describe('M-311: a key in the environment makes a provider', () => {
  test('M-112: Anthropic, with its key in its own header', () => {
    expect(provider({ ANTHROPIC_API_KEY: 'k' }, 'anthropic')).toMatchObject({
      wire: 'anthropic-messages',
      baseUrl: 'https://api.anthropic.com',
      auth: { type: 'header', header: 'x-api-key', keys: ['k'] },
    })
  })

  test('M-113: the Gemini API, its key never in the address', () => {
    expect(provider({ GOOGLE_API_KEY: 'k' }, 'google')).toMatchObject({
      wire: 'gemini',
      auth: { type: 'header', header: 'x-goog-api-key', keys: ['k'] },
    })
  })

  test('M-116: OpenRouter is told who calls', () => {
    const env = { OPENROUTER_API_KEY: 'k', OPENROUTER_SITE_URL: 'https://gw.example' }
    expect(provider(env, 'openrouter')?.headers).toEqual({
      'http-referer': 'https://gw.example',
      'x-openrouter-title': 'Sluice',
    })
  })

  test('M-122: several keys are a pool', () => {
    expect(provider({ OPENAI_API_KEY: 'a, b' }, 'openai')?.auth).toEqual({
      type: 'bearer',
      keys: ['a', 'b'],
    })
  })

  test('M-118: Azure by deployment and dated version, or by /openai/v1', () => {
    const env = { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://a.openai.azure.com/' }
    expect(provider(env, 'azure')).toMatchObject({
      baseUrl: 'https://a.openai.azure.com/openai/v1',
      auth: { type: 'header', header: 'api-key' },
      options: {},
    })
    expect(provider({ ...env, AZURE_OPENAI_API_VERSION: '2024-10-21' }, 'azure')).toMatchObject({
      baseUrl: 'https://a.openai.azure.com',
      options: { apiVersion: '2024-10-21' },
    })
  })

  test('D-38, M-114, M-115: Vertex is two providers behind one project', () => {
    const env = { VERTEX_PROJECT: 'p', GOOGLE_APPLICATION_CREDENTIALS: '/sa.json' }
    expect(provider(env, 'vertex-gemini')).toMatchObject({
      wire: 'gemini',
      vendor: 'vertex',
      baseUrl: 'https://aiplatform.googleapis.com',
      auth: { type: 'google-oauth', credentialsFile: '/sa.json' },
      options: { project: 'p', location: 'global' },
    })
    const regional = provider({ ...env, VERTEX_LOCATION: 'us-east5' }, 'vertex-anthropic')
    expect(regional).toMatchObject({
      wire: 'anthropic-messages',
      vendor: 'vertex',
      baseUrl: 'https://us-east5-aiplatform.googleapis.com',
    })
  })

  test('M-118: Bedrock', () => {
    const env = { BEDROCK_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' }
    expect(provider(env, 'bedrock')).toMatchObject({
      wire: 'bedrock-converse',
      vendor: 'bedrock',
      baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
      auth: { type: 'aws-sigv4', accessKeyId: 'a', secretAccessKey: 's', sessionToken: null },
    })
  })

  test.each([
    [{ VERTEX_PROJECT: 'p' }, 'GOOGLE_APPLICATION_CREDENTIALS'],
    [{ BEDROCK_REGION: 'r' }, 'AWS_ACCESS_KEY_ID'],
    [{ AZURE_OPENAI_API_KEY: 'k' }, 'AZURE_OPENAI_ENDPOINT'],
  ])('half a setting is a mistake that names the other half: %j', (env, missing) => {
    expect(() => environmentProviders(env)).toThrow(missing)
  })
})

test('every provider that can be found has a name that models of the file may use', () => {
  const all = environmentProviders({
    OPENAI_API_KEY: 'k',
    ANTHROPIC_API_KEY: 'k',
    GOOGLE_API_KEY: 'k',
    OPENROUTER_API_KEY: 'k',
    AZURE_OPENAI_API_KEY: 'k',
    AZURE_OPENAI_ENDPOINT: 'https://a.openai.azure.com',
    VERTEX_PROJECT: 'p',
    GOOGLE_APPLICATION_CREDENTIALS: '/sa.json',
    BEDROCK_REGION: 'r',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
    MISTRAL_API_KEY: 'k',
    GROQ_API_KEY: 'k',
    DEEPSEEK_API_KEY: 'k',
    XAI_API_KEY: 'k',
    VLLM_URL: 'http://127.0.0.1:8000/v1',
  })
  const names = new Set(all.map(({ provider: row }) => row.name)).add('demo')
  expect(names).toEqual(environmentProviderNames)
})
