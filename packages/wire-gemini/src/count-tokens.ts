import type { CanonicalRequest } from '@sluice/wire/canonical-request'
import { countOrNull, isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import type { TargetEdits } from '@sluice/wire/wire-format'
import { thrown } from './decode-reply.ts'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { encodeRequest } from './encode-request.ts'
import { modelPath, modelUrl } from './url.ts'

export function countTokensUrl(baseUrl: string, { upstreamModel }: TargetEdits): string {
  return modelUrl(baseUrl, upstreamModel, 'countTokens')
}

/** The whole call is counted, system message and tools included, which needs the long form; Vertex takes the members of the call themselves. */
export function encodeCountTokens(
  request: CanonicalRequest,
  target: TargetEdits,
  isVertex = false,
): Buffer {
  const call = parseJson(encodeRequest(request, target).body.toString()) as JsonObject
  const { contents, systemInstruction, tools } = call
  const body = isVertex
    ? { contents, systemInstruction, tools }
    : { generateContentRequest: { model: modelPath(target.upstreamModel), ...call } }
  return Buffer.from(JSON.stringify(body))
}

export function decodeCountTokens(body: Buffer): number {
  const reply = parseJson(body.toString())
  const total = isObject(reply) ? countOrNull(reply['totalTokens']) : null
  if (total === null) throw thrown(generationError(wireErrors.upstream_error))
  return total
}
