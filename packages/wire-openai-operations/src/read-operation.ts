import type { Payload, PlainOperation } from '@sluice/wire/operation-format'
import { parseBody } from '@sluice/wire/parse-body'
import { refuse } from '@sluice/wire/read-body'
import type { CallSummary } from '@sluice/wire/wire-format'
import type { z } from 'zod'
import { isForm } from './multipart.ts'
import {
  EmbeddingsRequest,
  ImageRequest,
  ModerationRequest,
  RerankRequest,
  requireSize,
  SpeechRequest,
} from './operation-schemas.ts'
import { type Form, readForm } from './read-form.ts'

type JsonOperation = Exclude<PlainOperation, 'transcriptions' | 'translations'>

/** What is read of any of them. */
interface OperationRequest {
  readonly model: string
  readonly user?: string | null | undefined
}

const schemas: Readonly<Record<JsonOperation, z.ZodType<OperationRequest>>> = {
  embeddings: EmbeddingsRequest,
  rerank: RerankRequest,
  moderations: ModerationRequest,
  images: ImageRequest,
  'image-edits': ImageRequest,
  speech: SpeechRequest,
}

/** What the edge needs to know of a call in OpenAI's form. Throws a 400 whose `param` is the field at fault. */
export function readOperation(
  operation: PlainOperation,
  body: Payload,
): CallSummary | Promise<CallSummary> {
  if (operation === 'transcriptions' || operation === 'translations' || isForm(body)) {
    return readForm(body).then((form) => summaryOfForm(operation, form))
  }
  const request = parseBody(body.data, schemas[operation])
  return { ...nothingElse, model: request.model, user: request.user ?? null, json: request }
}

const nothingElse = {
  stream: false,
  includeUsage: false,
  maxTokens: null,
  group: null,
  needs: [],
}

const fileNames: Readonly<Partial<Record<PlainOperation, readonly string[]>>> = {
  transcriptions: ['file'],
  translations: ['file'],
  'image-edits': ['image', 'image[]'],
}

function summaryOfForm(operation: PlainOperation, { fields, files }: Form): CallSummary {
  const [model = '', second] = fields.get('model') ?? []
  if (model === '') throw refuse("Missing required parameter: 'model'", ['model'])
  if (second !== undefined || files.some(({ name }) => name === 'model')) {
    throw refuse('There must be one field, model', ['model'])
  }
  if (model.length > 256) throw refuse('model must have at most 256 characters', ['model'])
  const names = fileNames[operation] ?? []
  const [name = 'file'] = names
  const sent = files.filter((file) => names.includes(file.name))
  if (sent.length === 0) throw refuse(`Missing required parameter: '${name}'`, [name])
  if (sent.some(({ bytes }) => bytes === 0)) throw refuse(`${name} is empty`, [name])
  if (fields.get('stream')?.some((value) => value.toLowerCase() === 'true') === true) {
    throw refuse('this operation does not stream here', ['stream'])
  }
  requireSize(fields.get('size')?.[0])
  const json = { fields: [...fields], files: files.map((file) => ({ ...file })) }
  return { ...nothingElse, model, user: fields.get('user')?.[0] ?? null, json }
}
