import { noUsage } from '@sluice/contracts/usage'
import { encodeEmbeddingsReply, readEmbeddingsCall } from '@sluice/wire/embeddings-call'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { countOrNull, parseJson } from '@sluice/wire/json'
import type { OperationFormat } from '@sluice/wire/operation-format'
import { refuse } from '@sluice/wire/read-body'
import { readError, decodeInlineError } from './decode-error.ts'
import { thrown } from './decode-reply.ts'
import { listMember, member, objectMember } from './member.ts'
import { modelPath, modelUrl } from './url.ts'

/** `batchEmbedContents`, also for one text: it has one form of reply. */
export const embeddings: OperationFormat = {
  url: (baseUrl, { upstreamModel }) => modelUrl(baseUrl, upstreamModel, 'batchEmbedContents'),

  encodeRequest(body, { upstreamModel, traits }) {
    const { texts, dimensions } = readEmbeddingsCall(body)
    if (dimensions !== null && traits.refuses?.includes('dimensions') === true) {
      throw refuse('this model has one number of dimensions only', ['dimensions'])
    }
    const requests = texts.map((text) => ({
      model: modelPath(upstreamModel),
      content: { parts: [{ text }] },
      ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
    }))
    return {
      data: Buffer.from(JSON.stringify({ requests })),
      contentType: 'application/json',
      adapted: [],
    }
  },

  decodeReply({ data }, edits) {
    const reply = parseJson(data.toString())
    const error = readError(reply)
    if (error) throw thrown(decodeInlineError(error))
    const vectors = listMember(reply, 'embeddings').map((each) => member(each, 'values'))
    if (vectors.length === 0) throw thrown(generationError(wireErrors.upstream_error))
    const input = countOrNull(objectMember(reply, 'usageMetadata')?.['promptTokenCount'])
    const usage = input === null ? null : { ...noUsage, input_tokens: input }
    return encodeEmbeddingsReply(vectors, usage, edits)
  },
}
