import { models, parseModelName } from './demo-request.ts'
import { vector } from './embeddings.ts'

type Body = Readonly<Record<string, unknown>>

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'demo',
  families: ['demo'],
  parameter_size: '1B',
  quantization_level: 'Q8_0',
}

/** Null for any other address. */
export function ollamaModels(path: string): string | null {
  if (path === '/api/version') return JSON.stringify({ version: '0.13.0' })
  if (path !== '/api/tags') return null
  const list = models.map((name) => ({
    name,
    model: name,
    modified_at: '2026-01-01T00:00:00Z',
    size: 1_000_000,
    digest: '0'.repeat(64),
    details,
  }))
  return JSON.stringify({ models: list })
}

/** Calls that are no chat. Null for an address or a model that is not there. */
export function ollamaReply(path: string, body: Body): string | null {
  if (parseModelName(body['model']) === null) return null
  if (path === '/api/show') {
    return JSON.stringify({
      modelfile: '',
      parameters: '',
      template: '',
      details,
      model_info: { 'general.architecture': 'demo', 'demo.context_length': 131_072 },
      capabilities: ['completion', 'tools', 'vision', 'thinking', 'embedding'],
    })
  }
  if (path !== '/api/embed') return null
  const { input, dimensions } = body
  const texts = (Array.isArray(input) ? (input as unknown[]) : [input]).map(String)
  const wanted = typeof dimensions === 'number' ? dimensions : undefined
  return JSON.stringify({
    model: body['model'],
    embeddings: texts.map((text) => vector(text, wanted)),
    total_duration: 1_000_000,
    load_duration: 0,
    prompt_eval_count: Math.ceil(texts.join('').length / 4),
  })
}
