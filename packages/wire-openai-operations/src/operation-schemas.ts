import { refuse } from '@sluice/wire/read-body'
import { z } from 'zod'

/** Bodies of the plain operations. Loose: what is not known travels on to the provider. */

const model = z.string().min(1).max(256)
const user = z.string().nullish()
const text = z.string()
const count = z.int().min(1)
/** These answer once; OpenAI has the member for some of them, and no caller may think that it is heard. */
const stream = z.literal(false).nullish()

const token = z.int().min(0)
/** A text, tokens, or a batch of either, mixed as one likes. */
const input = z.union([
  text.min(1),
  z
    .array(z.union([text, token, z.array(token).min(1)]))
    .min(1)
    .max(2_048),
])

export const EmbeddingsRequest = z.looseObject({
  model,
  input,
  encoding_format: z.literal(['float', 'base64']).nullish(),
  dimensions: count.nullish(),
  stream,
  user,
})

export const RerankRequest = z.looseObject({
  model,
  query: text.min(1),
  documents: z.array(z.union([text, z.looseObject({})])).min(1),
  top_n: count.nullish(),
  stream,
  user,
})

export const ModerationRequest = z.looseObject({
  // OpenAI's own default: who names no model means it.
  model: model.default('omni-moderation-latest'),
  input: z.union([text, z.array(z.union([text, z.looseObject({ type: text })])).min(1)]),
  stream,
  user,
})

export const ImageRequest = z
  .looseObject({
    model,
    prompt: text.min(1),
    n: count.max(10).nullish(),
    size: text.nullish(),
    stream,
    user,
  })
  .transform((request) => {
    requireSize(request.size)
    return request
  })

export const SpeechRequest = z.looseObject({
  model,
  input: text.min(1).max(100_000),
  stream_format: z.literal('audio').nullish(),
  stream,
  user,
})

/** Bounds what one call can cost, whatever a model allows. */
const maxPixels = 2_000_000

/** `1024x1024`; other words (`auto`) are the provider's to know. */
export function requireSize(size: string | null | undefined): void {
  const [, width, height] = /^(\d{1,6})x(\d{1,6})$/.exec(size ?? '') ?? []
  if (width === undefined || Number(width) * Number(height) <= maxPixels) return
  throw refuse(`size must have at most ${String(maxPixels)} pixels`, ['size'])
}
