import { parseBody } from '@sluice/wire/parse-body'
import type { CallSummary } from '@sluice/wire/wire-format'
import { z } from 'zod'

const text = z.string()
const token = z.int().min(0)
const tokens = z.array(token).min(1)
const range = (min: number, max: number) => z.number().min(min).max(max).nullish()
const flag = z.boolean().nullish()

/** Loose: what is not known travels on. */
export const CompletionRequest = z.looseObject({
  model: z.string().min(1).max(256),
  prompt: z.union([text, z.array(z.union([text, token, tokens])).min(1)]),
  stream: flag,
  stream_options: z.looseObject({ include_usage: flag }).nullish(),
  max_tokens: z.int().min(0).nullish(),
  temperature: range(0, 2),
  top_p: range(0, 1),
  presence_penalty: range(-2, 2),
  frequency_penalty: range(-2, 2),
  n: z.int().min(1).max(128).nullish(),
  best_of: z.int().min(1).max(20).nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  logit_bias: z.record(text, z.number().min(-100).max(100)).nullish(),
  echo: flag,
  suffix: text.nullish(),
  stop: z.union([text, z.array(text).max(4), z.null()]).optional(),
  seed: z.int().nullish(),
  user: text.nullish(),
})
export type CompletionRequest = z.infer<typeof CompletionRequest>

/** Throws a `GatewayError` with status 400 whose `param` is the field at fault, null when the body as a whole is. */
export function parseRequest(body: Buffer): CallSummary {
  const request = parseBody(body, CompletionRequest)
  const { model, stream, stream_options: options, user } = request
  return {
    model,
    stream: stream === true,
    includeUsage: stream === true && options?.include_usage === true,
    maxTokens: request.max_tokens ?? null,
    user: user ?? null,
    group: user ?? null,
    needs: [],
    json: request,
  }
}
