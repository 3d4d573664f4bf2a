import type { PlainOperation } from '@sluice/wire/operation-format'
import type { CallSummary } from '@sluice/wire/wire-format'
import { openAiChat } from '@sluice/wire-openai-chat'
import { isForm, readOperation } from '@sluice/wire-openai-operations'
import { type Asked, jsonType, type ReadCall } from './asked.ts'
import type { Endpoint } from './endpoints.ts'
import { requireForm, requireJson, requireJsonOrForm } from './read-body.ts'

/** Calls with one plain reply, all in OpenAI's form. */
export const plainEndpoints: readonly Omit<Endpoint, 'row'>[] = [
  plain('/v1/embeddings', 'embeddings'),
  plain('/v1/rerank', 'rerank'),
  plain('/v1/moderations', 'moderations'),
  plain('/v1/images/generations', 'images'),
  plain('/v1/images/edits', 'image-edits', requireJsonOrForm),
  plain('/v1/audio/speech', 'speech'),
  plain('/v1/audio/transcriptions', 'transcriptions', requireForm),
  plain('/v1/audio/translations', 'translations', requireForm),
]

function plain(
  route: string,
  operation: PlainOperation,
  requireType: Endpoint['requireType'] = requireJson,
): Omit<Endpoint, 'row'> {
  const read: ReadCall = (data, contentType) => {
    const body = { data, contentType }
    const asked = (summary: CallSummary): Asked => ({
      summary,
      body: data,
      contentType: isForm(body) ? contentType : jsonType,
    })
    const summary = readOperation(operation, body)
    return summary instanceof Promise ? summary.then(asked) : asked(summary)
  }
  return { route, operation, dialect: openAiChat, requireType, read }
}
