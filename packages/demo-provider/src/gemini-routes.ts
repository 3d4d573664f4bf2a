import { vector } from './embeddings.ts'
import { parseModelName } from './demo-request.ts'
import { models } from './demo-request.ts'
import { partsIn } from './gemini-dialect.ts'

type Body = Readonly<Record<string, unknown>>

export interface GeminiRoute {
  readonly model: string
  readonly method: string
  /** `alt=sse`; without it a stream is one JSON array. */
  readonly isSse: boolean
}

/** `/v1beta/models/{model}:{method}`; null for any other address. The model's own slash and colon may be escaped or not. */
export function readGeminiRoute(url: string): GeminiRoute | null {
  const [path = '', query = ''] = url.split('?', 2)
  const found = /^\/v1(?:beta|alpha)?\/models\/(.+):([A-Za-z]+)$/.exec(path)
  if (!found) return null
  const [, model = '', method = ''] = found
  return { model: decoded(model), method, isSse: new URLSearchParams(query).get('alt') === 'sse' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // an escape that is none: there is no such model
  }
}

/** The list, or one of it; null when there is no such model. */
export function geminiModels(path: string): string | null {
  const list = models.map((name) => ({
    name: `models/${name}`,
    version: '001',
    displayName: name,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 100_000,
    supportedGenerationMethods: ['generateContent', 'countTokens', 'batchEmbedContents'],
  }))
  const wanted = decoded(path.replace(/^\/v1beta\/models\/?/, ''))
  if (wanted === '') return JSON.stringify({ models: list })
  const one = list.find(({ name }) => name === `models/${wanted}`)
  return one ? JSON.stringify(one) : null
}

/** Calls that are no chat: embeddings of one or many, by any name, and the count of tokens. Null for a method or a model that is not there. */
export function geminiReply({ model, method }: GeminiRoute, body: Body): string | null {
  switch (method) {
    case 'batchEmbedContents': {
      const requests = Array.isArray(body['requests']) ? (body['requests'] as readonly Body[]) : []
      return JSON.stringify({ embeddings: requests.map(embed) })
    }
    case 'embedContent':
      return JSON.stringify({ embedding: embed(body) })
    case 'countTokens': {
      if (parseModelName(model) === null) return null
      const call = (body['generateContentRequest'] ?? body) as Body
      const contents = Array.isArray(call['contents']) ? (call['contents'] as readonly Body[]) : []
      const system =
        call['systemInstruction'] === undefined ? [] : [call['systemInstruction'] as Body]
      const characters = [...system, ...contents].map(text).join('').length
      return JSON.stringify({ totalTokens: Math.max(1, Math.ceil(characters / 4)) })
    }
    default:
      return null
  }
}

function embed({ content, outputDimensionality: wanted }: Body): { values: number[] } {
  const dimensions = typeof wanted === 'number' ? wanted : undefined
  return { values: vector(text((content ?? {}) as Body), dimensions) }
}

function text(content: Body): string {
  return partsIn(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join('')
}
