import type { OperationFormats } from '@sluice/wire/operation-format'
import { embeddings } from './embeddings.ts'
import { imageEdits, images } from './images.ts'
import { moderations } from './moderations.ts'
import { rerank } from './rerank.ts'
import { speech } from './speech.ts'
import { transcriptions, translations } from './transcriptions.ts'

export { isForm } from './multipart.ts'
export { readOperation } from './read-operation.ts'

/** As every provider takes them that has OpenAI's API, or the part of it that a rerank server has. */
export const openAiOperations: OperationFormats = {
  embeddings,
  rerank,
  moderations,
  images,
  'image-edits': imageEdits,
  speech,
  transcriptions,
  translations,
}
