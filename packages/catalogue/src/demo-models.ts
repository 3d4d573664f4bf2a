import type { Model, Provider } from './catalogue.ts'
import { modelRow, providerRow } from './rows.ts'

const models = ['demo/chat', 'demo/echo', 'demo/tools', 'demo/slow']

export function demoProvider(baseUrl: string): Provider {
  return providerRow({
    name: 'demo',
    wire: 'openai-chat',
    baseUrl: `${baseUrl.replace(/\/+$/, '')}/v1`,
    forwardHeaders: ['x-demo-*'],
    abortStopsBilling: true,
    origin: 'built-in',
  })
}

/** Priced, so that the first minutes show a bill: the price of a small hosted model. */
export function demoModels(demo: Provider): Model[] {
  return models.map((name) =>
    modelRow(demo, {
      name,
      upstreamModel: name,
      price: { input: '0.15', output: '0.6' },
      capabilities: name === 'demo/tools' ? { tools: true } : {},
      suffixes: true,
    }),
  )
}
