import type { Price } from '@sluice/contracts/price'
import type { Capabilities } from '@sluice/contracts/rows/capabilities'
import type { Model, Provider } from './catalogue.ts'
import { modelRow, providerRow } from './rows.ts'

const price: Price = { input: '0.15', output: '0.6' }

const models: readonly DemoRow[] = [
  { name: 'demo/chat', price, capabilities: { chat: true } },
  { name: 'demo/echo', price, capabilities: { chat: true } },
  { name: 'demo/tools', price, capabilities: { chat: true, tools: true } },
  { name: 'demo/slow', price, capabilities: { chat: true } },
  {
    name: 'demo/embed',
    price: { input: '0.02', output: '0' },
    capabilities: { chat: false, embeddings: true },
  },
  {
    name: 'demo/rerank',
    price: { input: '0.02', output: '0' },
    capabilities: { chat: false, rerank: true },
  },
  { name: 'demo/moderate', price: null, capabilities: { chat: false, moderation: true } },
  {
    name: 'demo/image',
    price: { ...price, image: '0.01' },
    capabilities: { chat: false, image_generation: true },
  },
  {
    name: 'demo/speech',
    price: { ...price, request: '0.001' },
    capabilities: { chat: false, speech: true },
  },
  {
    name: 'demo/transcribe',
    price: { ...price, audio_input: '2.5' },
    capabilities: { chat: false, transcription: true },
  },
]

interface DemoRow {
  readonly name: string
  readonly price: Price | null
  readonly capabilities?: Capabilities
}

export function demoProvider(baseUrl: string): Provider {
  return providerRow({
    name: 'demo',
    wire: 'openai-chat',
    alsoSpeaks: ['openai-completions'],
    baseUrl: `${baseUrl.replace(/\/+$/, '')}/v1`,
    forwardHeaders: ['x-demo-*'],
    abortStopsBilling: true,
    origin: 'built-in',
  })
}

/** Priced, so that the first minutes show a bill: the prices of small hosted models. */
export function demoModels(demo: Provider): Model[] {
  return models.map((row) => modelRow(demo, { ...row, upstreamModel: row.name, suffixes: true }))
}
