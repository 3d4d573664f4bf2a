import { decodeEmbedding, encodeEmbedding } from '@sluice/wire/embedding-encoding'
import { isObject } from '@sluice/wire/json'
import type { OperationFormat, Payload } from '@sluice/wire/operation-format'
import { refuse } from '@sluice/wire/read-body'
import { scanMembers } from '@sluice/wire/splice'
import { decodeUsage } from './decode-usage.ts'
import { jsonType, operationUrl, passJson } from './json-call.ts'
import { readReply, unreadable } from './unreadable.ts'

type Encoding = 'float' | 'base64'

/**
 * The provider is asked for what the caller asked for; what it does not give is converted here (T57). `null` as an encoding means none, which some
 * providers refuse.
 */
export const embeddings: OperationFormat = {
  url: operationUrl('embeddings'),

  encodeRequest(body, target) {
    const { refuses } = target.traits
    const { dimensions, encoding } = readWish(body)
    // Vectors of another length than asked for would spoil an index without a word.
    if (dimensions !== undefined && refuses?.includes('dimensions') === true) {
      throw refuse('this model has one number of dimensions only', ['dimensions'])
    }
    return passJson(body, target, ['encoding_format'], () =>
      encoding === null ? { encoding_format: null } : {},
    )
  },

  decodeReply({ data }, { model, asked }) {
    const reply = readReply(data)
    const vectors = reply['data']
    if (!Array.isArray(vectors) || vectors.length === 0) throw unreadable()
    const { encoding } = readWish(asked)
    const wanted = encoding ?? 'float'
    let converted = false
    const items = (vectors as unknown[]).map((vector) => {
      if (!isObject(vector)) throw unreadable()
      const embedding = convert(vector['embedding'], wanted)
      converted ||= embedding !== vector['embedding']
      return embedding === vector['embedding'] ? vector : { ...vector, embedding }
    })
    const edited: Partial<Record<'model' | 'data', string>> = { model: JSON.stringify(model) }
    if (converted) edited.data = JSON.stringify(items)
    return {
      data: scanMembers(data, ['model', 'data']).edit(edited),
      contentType: jsonType,
      usage: decodeUsage(reply),
    }
  },
}

/** Of the caller's own body, which was checked when it came. `encoding` null = said to be none. */
function readWish({ data }: Payload): {
  encoding: Encoding | null | undefined
  dimensions: unknown
} {
  const members = scanMembers(data, ['encoding_format', 'dimensions'])
  return {
    encoding: members.read('encoding_format') as Encoding | null | undefined,
    dimensions: members.read('dimensions') ?? undefined,
  }
}

function convert(embedding: unknown, wanted: Encoding): unknown {
  if (isNumbers(embedding)) return wanted === 'float' ? embedding : encodeEmbedding(embedding)
  if (typeof embedding === 'string') {
    if (wanted === 'base64') return embedding
    const values = decodeEmbedding(embedding)
    if (values !== null) return values
  }
  // A form that a vendor has of its own (many vectors, bits): whoever asks for it knows how to read it.
  if (typeof embedding === 'object' && embedding !== null) return embedding
  throw unreadable()
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && typeof value[0] === 'number'
}
