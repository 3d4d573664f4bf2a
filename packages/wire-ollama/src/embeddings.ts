import { noUsage } from '@sluice/contracts/usage'
import { encodeEmbeddingsReply, readEmbeddingsCall } from '@sluice/wire/embeddings-call'
import { countOrNull, isObject, parseJson } from '@sluice/wire/json'
import type { OperationFormat } from '@sluice/wire/operation-format'
import { refuse } from '@sluice/wire/read-body'
import { unreadable } from './unreadable.ts'
import { apiUrl } from './url.ts'

/** `/api/embed`, which takes a batch and always gives numbers. */
export const embeddings: OperationFormat = {
  url: (baseUrl) => apiUrl(baseUrl, 'embed'),

  encodeRequest(body, { upstreamModel, traits }) {
    const { texts, dimensions } = readEmbeddingsCall(body)
    if (dimensions !== null && traits.refuses?.includes('dimensions') === true) {
      throw refuse('this model has one number of dimensions only', ['dimensions'])
    }
    const request = {
      model: upstreamModel,
      input: texts,
      ...(dimensions === null ? {} : { dimensions }),
    }
    return {
      data: Buffer.from(JSON.stringify(request)),
      contentType: 'application/json',
      adapted: [],
    }
  },

  decodeReply({ data }, edits) {
    const reply = parseJson(data.toString())
    if (!isObject(reply) || !Array.isArray(reply['embeddings'])) throw unreadable(reply)
    const input = countOrNull(reply['prompt_eval_count'])
    const usage = input === null ? null : { ...noUsage, input_tokens: input }
    return encodeEmbeddingsReply(reply['embeddings'], usage, edits)
  },
}
