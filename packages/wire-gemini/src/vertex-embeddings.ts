import { noUsage } from '@sluice/contracts/usage'
import { encodeEmbeddingsReply, readEmbeddingsCall } from '@sluice/wire/embeddings-call'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { countOrNull, parseJson } from '@sluice/wire/json'
import type { OperationFormat } from '@sluice/wire/operation-format'
import { refuse } from '@sluice/wire/read-body'
import { decodeInlineError, readError } from './decode-error.ts'
import { thrown } from './decode-reply.ts'
import { listMember, member, objectMember } from './member.ts'
import { modelUrl } from './url.ts'

/** Vertex has embeddings as predictions of a model, not as the Generative Language API has them. */
export const vertexEmbeddings: OperationFormat = {
  // Of this only the method counts: what comes before it is the cloud's.
  url: (baseUrl, { upstreamModel }) => modelUrl(baseUrl, upstreamModel, 'predict'),

  encodeRequest(body, { traits }) {
    const { texts, dimensions } = readEmbeddingsCall(body)
    if (dimensions !== null && traits.refuses?.includes('dimensions') === true) {
      throw refuse('this model has one number of dimensions only', ['dimensions'])
    }
    const instances = texts.map((content) => ({ content }))
    const parameters = dimensions === null ? {} : { outputDimensionality: dimensions }
    return {
      data: Buffer.from(JSON.stringify({ instances, parameters })),
      contentType: 'application/json',
      adapted: [],
    }
  },

  decodeReply({ data }, edits) {
    const reply = parseJson(data.toString())
    const error = readError(reply)
    if (error) throw thrown(decodeInlineError(error))
    const predictions = listMember(reply, 'predictions').map((each) =>
      objectMember(each, 'embeddings'),
    )
    if (predictions.length === 0) throw thrown(generationError(wireErrors.upstream_error))
    const counts = predictions.map((each) =>
      countOrNull(member(objectMember(each, 'statistics'), 'token_count')),
    )
    // A count that one of them lacks is no count.
    const input = counts.reduce(
      (sum, count) => (sum === null || count === null ? null : sum + count),
      0,
    )
    const usage = input === null ? null : { ...noUsage, input_tokens: input }
    return encodeEmbeddingsReply(
      predictions.map((each) => member(each, 'values')),
      usage,
      edits,
    )
  },
}
