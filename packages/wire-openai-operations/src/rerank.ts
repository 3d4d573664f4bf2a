import { isObject, type JsonObject } from '@sluice/wire/json'
import type { OperationFormat } from '@sluice/wire/operation-format'
import { scanMembers } from '@sluice/wire/splice'
import { decodeUsage } from './decode-usage.ts'
import { jsonType, operationUrl, passJson } from './json-call.ts'
import { readReply, unreadable } from './unreadable.ts'

/** As Cohere, Jina, vLLM and TEI's OpenAI routes have it; Voyage calls the list `data`. The caller gets `results`, the best first. */
export const rerank: OperationFormat = {
  url: operationUrl('rerank'),
  encodeRequest: (body, target) => passJson(body, target),

  decodeReply({ data }, { model, requestId, asked }) {
    const reply = readReply(data)
    const topN = scanMembers(asked.data, ['top_n']).read('top_n')
    const results = readResults(reply['results'] ?? reply['data'])
      .toSorted((one, other) => scoreOf(other) - scoreOf(one))
      .slice(0, typeof topN === 'number' ? topN : undefined)
    const { data: _, ...rest } = reply
    const edited = { id: `rerank-${requestId}`, ...rest, model, results }
    return {
      data: Buffer.from(JSON.stringify(edited)),
      contentType: jsonType,
      usage: decodeUsage(reply),
    }
  },
}

type Result = JsonObject & { readonly relevance_score: number; readonly index: number }

function readResults(value: unknown): Result[] {
  if (!Array.isArray(value)) throw unreadable()
  return (value as unknown[]).map((result) => {
    if (!isObject(result)) throw unreadable()
    const { index, score, relevance_score: relevance = score, ...rest } = result
    if (typeof relevance !== 'number' || typeof index !== 'number') throw unreadable()
    return { ...rest, index, relevance_score: relevance }
  })
}

function scoreOf({ relevance_score: score }: Result): number {
  return score
}
