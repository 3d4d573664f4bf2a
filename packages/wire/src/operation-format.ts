import type { Operation } from '@sluice/contracts/generation/generation-request'
import type { Usage } from '@sluice/contracts/usage'
import type { TargetEdits } from './wire-format.ts'

/** Calls with one plain reply. Their callers always speak OpenAI's form (`/v1/embeddings`, `/v1/rerank`, …). */
export type PlainOperation = Exclude<Operation, 'chat'>

export type OperationFormats = Readonly<Partial<Record<PlainOperation, OperationFormat>>>

/** One such operation as a provider of a wire takes it. */
export interface OperationFormat {
  /** The address, from a base URL in any form the vendor's own SDK takes. */
  url(baseUrl: string, target: TargetEdits): string
  /** From a caller's body in OpenAI's form. */
  encodeRequest(body: Payload, target: TargetEdits): EncodedOperation
  /** To a reply in OpenAI's form. `asked`: the body of the call. Throws `upstream_error` for a reply that is none. */
  decodeReply(body: Payload, edits: OperationEdits): OperationReply
}

export interface EncodedOperation extends Payload {
  readonly adapted: readonly string[]
  /** Of the caller's body, what a model reads; absent = all of it. */
  readonly inputCharacters?: number
}

export interface Payload {
  readonly data: Buffer
  /** As in the header: `application/json`, `multipart/form-data; boundary=…`, `audio/mpeg`. */
  readonly contentType: string
}

export interface OperationEdits {
  /** The model name as the caller asked for it: what the reply names. */
  readonly model: string
  readonly requestId: string
  /** Unix seconds. */
  readonly created: number
  /** The caller's own body. */
  readonly asked: Payload
}

export interface OperationReply extends Payload {
  /** Null when the provider reported none. */
  readonly usage: Usage | null
  /** Of answer text: what an estimate is made from; absent = none. */
  readonly outputCharacters?: number
}
