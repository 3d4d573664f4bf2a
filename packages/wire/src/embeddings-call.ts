import type { Usage } from '@sluice/contracts/usage'
import { GatewayError } from '@sluice/kernel/errors'
import { estimateTokens } from '@sluice/kernel/estimate-tokens'
import { encodeEmbedding } from './embedding-encoding.ts'
import { wireErrors } from './errors.ts'
import { readBody, refuse } from './read-body.ts'
import type { OperationEdits, OperationReply, Payload } from './operation-format.ts'

/** An embeddings call for a provider that takes texts and gives numbers. */
export interface EmbeddingsCall {
  /** One per vector of the answer, in order. */
  readonly texts: readonly string[]
  readonly dimensions: number | null
  readonly encoding: 'float' | 'base64'
}

/** Reads a caller's body in OpenAI's form. Tokens are refused: their numbers mean something to OpenAI's own models only. */
export function readEmbeddingsCall({ data }: Payload): EmbeddingsCall {
  const { input, encoding_format: format, dimensions } = readBody(data)
  const encoding = format ?? 'float'
  if (encoding !== 'float' && encoding !== 'base64') {
    throw refuse("encoding_format must be 'float' or 'base64'", ['encoding_format'])
  }
  if (dimensions != null && !(Number.isInteger(dimensions) && (dimensions as number) > 0)) {
    throw refuse('dimensions must be a positive integer', ['dimensions'])
  }
  return { texts: readTexts(input), dimensions: (dimensions ?? null) as number | null, encoding }
}

function readTexts(input: unknown): string[] {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input) || input.length === 0) {
    throw refuse('input must be a string or a list of strings', ['input'])
  }
  for (const item of input as unknown[]) {
    if (typeof item === 'string') continue
    const isTokens = typeof item === 'number' || Array.isArray(item)
    throw refuse(
      isTokens
        ? 'the model behind this name takes texts, not tokens'
        : 'input must be a string or a list of strings',
      ['input'],
    )
  }
  return input as string[]
}

/** OpenAI's reply from a provider's vectors, in the encoding that the caller asked for. Throws when they are not one list of numbers per text. */
export function encodeEmbeddingsReply(
  vectors: unknown,
  usage: Usage | null,
  { model, asked }: OperationEdits,
): OperationReply {
  const { texts, encoding } = readEmbeddingsCall(asked)
  if (!Array.isArray(vectors) || vectors.length !== texts.length) throw unreadable()
  const data = (vectors as unknown[]).map((vector, index) => {
    if (!isVector(vector)) throw unreadable()
    const embedding = encoding === 'base64' ? encodeEmbedding(vector) : vector
    return { object: 'embedding', index, embedding }
  })
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  const tokens = usage?.input_tokens ?? estimateTokens(characters)
  const reply = {
    object: 'list',
    data,
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
  return { data: Buffer.from(JSON.stringify(reply)), contentType: 'application/json', usage }
}

function isVector(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    (value as unknown[]).every((each) => typeof each === 'number')
  )
}

function unreadable(): GatewayError {
  return new GatewayError(wireErrors.upstream_error)
}
