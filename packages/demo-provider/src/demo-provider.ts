import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Clock } from '@sluice/kernel/clock'
import { CallRecord, type ServedCall } from './call-log.ts'
import { expectedReply } from './demo-reply.ts'
import { models } from './demo-request.ts'
import type { Dialect } from './dialect.ts'
import { embeddingsReply } from './embeddings.ts'
import { ollamaDialect } from './ollama-dialect.ts'
import { openAiDialect } from './openai-dialect.ts'
import { responsesDialect } from './responses-dialect.ts'
import { sendJson, serveChat } from './serve-chat.ts'

export { type DemoReply, expectedReply } from './demo-reply.ts'
export { type DemoRequest } from './demo-request.ts'
export type { ServedCall } from './call-log.ts'

export interface DemoProviderOptions {
  readonly clock: Clock
  /** Gets every call once it is over. */
  readonly onCall?: (call: ServedCall) => void
}

const dialects: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': openAiDialect,
  '/v1/responses': responsesDialect,
  '/api/chat': ollamaDialect,
}

const maxBodyBytes = 40 * 1024 * 1024

/** The demo provider as an HTTP request handler. */
export function createDemoProvider({ clock, onCall }: DemoProviderOptions): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const record = onCall ? new CallRecord(request, response, clock, onCall) : null
    if (request.method === 'GET') {
      serveGet(path, response)
      return
    }
    readBody(request, response, (body) => {
      if (record) record.body = body
      servePost(path, body, request, response, clock, record)
    })
  }
}

function serveGet(path: string, response: ServerResponse): void {
  if (path === '/v1/models') {
    const data = models.map((id) => ({
      id,
      object: 'model',
      created: 1_767_225_600,
      owned_by: 'demo',
    }))
    sendJson(response, 200, JSON.stringify({ object: 'list', data }))
  } else if (path === '/api/tags') {
    sendJson(
      response,
      200,
      JSON.stringify({ models: models.map((name) => ({ name, model: name })) }),
    )
  } else if (path === '/health' || path === '/') sendJson(response, 200, '{"status":"ok"}')
  else notFound(openAiDialect, response, `No such route: ${path}`)
}

function servePost(
  path: string,
  body: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  record: CallRecord | null,
): void {
  const dialect = dialects[path] ?? null
  const json = parseObject(body)
  if (json === null) {
    const error = (dialect ?? openAiDialect).errorBody(
      'The body is not a JSON object',
      'invalid_request_error',
      null,
      null,
    )
    sendJson(response, 400, error)
    return
  }
  if (dialect === null) {
    const embeddings = path === '/v1/embeddings' ? embeddingsReply(json) : null
    if (embeddings !== null) sendJson(response, 200, embeddings)
    else if (path === '/v1/embeddings')
      sendJson(
        response,
        400,
        openAiDialect.errorBody("'input' is required", 'invalid_request_error', null, 'input'),
      )
    else notFound(openAiDialect, response, `No such route: ${path}`)
    return
  }
  const chat = dialect.parse(json, request.headers)
  if (chat === null) {
    const content = dialect === responsesDialect ? 'input' : 'messages'
    if (Array.isArray(json[content]) || typeof json[content] === 'string') {
      notFound(
        dialect,
        response,
        `The model '${String(json['model'])}' does not exist`,
        'model_not_found',
      )
    } else
      sendJson(
        response,
        400,
        dialect.errorBody(`'${content}' must be a list`, 'invalid_request_error', null, content),
      )
    return
  }
  if (record) {
    record.model = chat.modelName
    record.stream = chat.stream
    record.reply = expectedReply(chat)
  }
  serveChat({
    dialect,
    request: chat,
    response,
    clock,
    onTokens: (count) => {
      if (record) record.tokens += count
    },
    onBroken: () => {
      if (record) record.broken = true
    },
  })
}

function notFound(
  dialect: Dialect,
  response: ServerResponse,
  message: string,
  code = 'not_found',
): void {
  sendJson(response, 404, dialect.errorBody(message, 'invalid_request_error', code, null))
}

function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null // said to the caller as a 400
  }
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  done: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBodyBytes) response.destroy()
    else chunks.push(chunk)
  })
  request.on('end', () => {
    done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
  })
}
