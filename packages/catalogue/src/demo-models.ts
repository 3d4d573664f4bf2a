import type { Model, Provider } from './catalogue.ts'

const models = ['demo/chat', 'demo/echo', 'demo/tools', 'demo/slow']

export function demoProvider(baseUrl: string): Provider {
  return {
    name: 'demo',
    wire: 'openai-chat',
    baseUrl: `${baseUrl.replace(/\/+$/, '')}/v1`,
    auth: { type: 'none' },
    forwardHeaders: ['x-demo-*'],
    abortStopsBilling: true,
    pool: 'default',
    origin: 'built-in',
  }
}

/** Priced, so that the first minutes show a bill: the price of a small hosted model. */
export function demoModels(): Model[] {
  return models.map((name) => ({
    name,
    provider: 'demo',
    upstreamModel: name,
    price: { input: '0.15', output: '0.6' },
    capabilities: { tools: name === 'demo/tools' },
    suffixes: true,
  }))
}
