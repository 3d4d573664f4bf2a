import { anthropicDialect } from './anthropic-dialect.ts'
import { expectedReply } from './demo-reply.ts'
import { models } from './demo-request.ts'

/** The list of models as Anthropic's clients ask for it. */
export function anthropicModels(): string {
  const data = models.map((id) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: '2026-01-01T00:00:00Z',
  }))
  return JSON.stringify({ data, has_more: false, first_id: models[0], last_id: models.at(-1) })
}

/** The count of a call's input; null when the model is unknown or there are no messages. */
export function anthropicCount(body: Readonly<Record<string, unknown>>): string | null {
  const request = anthropicDialect.parse(body, {})
  return request && JSON.stringify({ input_tokens: expectedReply(request).promptTokens })
}
