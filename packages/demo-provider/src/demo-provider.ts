import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Clock } from '@sluice/kernel/clock'
import { anthropicDialect } from './anthropic-dialect.ts'
import { anthropicCount, anthropicModels } from './anthropic-routes.ts'
import { CallRecord, type ServedCall } from './call-log.ts'
import { expectedReply } from './demo-reply.ts'
import { maxChoices, models } from './demo-request.ts'
import { completionsDialect } from './completions-dialect.ts'
import { pixel } from './demo-files.ts'
import type { Dialect } from './dialect.ts'
import { geminiArrayDialect, geminiDialect } from './gemini-dialect.ts'
import { type GeminiRoute, geminiModels, geminiReply, readGeminiRoute } from './gemini-routes.ts'
import { ollamaDialect } from './ollama-dialect.ts'
import { ollamaModels, ollamaReply } from './ollama-routes.ts'
import { openAiDialect } from './openai-dialect.ts'
import { pixelPath, serveOperation } from './openai-operations.ts'
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
  '/v1/completions': completionsDialect,
  '/v1/responses': responsesDialect,
  '/v1/messages': anthropicDialect,
  '/api/chat': ollamaDialect,
}

const maxBodyBytes = 40 * 1024 * 1024

/** The demo provider as an HTTP request handler. */
export function createDemoProvider({ clock, onCall }: DemoProviderOptions): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const record = onCall ? new CallRecord(request, response, clock, onCall) : null
    if (request.method === 'GET') {
      serveGet(path, request, response)
      return
    }
    readBody(request, response, (body) => {
      if (record) record.body = body
      if (serveOperation(path, body, request, response)) return
      servePost(path, body, request, response, clock, record)
    })
  }
}

function serveGet(path: string, request: IncomingMessage, response: ServerResponse): void {
  if (path === '/v1/models' && 'anthropic-version' in request.headers) {
    sendJson(response, 200, anthropicModels())
  } else if (path === '/v1/models') {
    const data = models.map((id) => ({
      id,
      object: 'model',
      created: 1_767_225_600,
      owned_by: 'demo',
    }))
    sendJson(response, 200, JSON.stringify({ object: 'list', data }))
  } else if (path.startsWith('/v1beta/models')) {
    const reply = geminiModels(path)
    if (reply === null) notFound(geminiDialect, response, `No such model: ${path}`)
    else sendJson(response, 200, reply)
  } else if (path.startsWith('/api/')) {
    const reply = ollamaModels(path)
    if (reply === null) notFound(ollamaDialect, response, `No such route: ${path}`)
    else sendJson(response, 200, reply)
  } else if (path === pixelPath) {
    response.writeHead(200, { 'content-type': 'image/png' }).end(pixel)
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
  const route = readGeminiRoute(request.url ?? '')
  const dialect = route ? geminiDialectOf(route) : (dialects[path] ?? null)
  const json = parseObject(body)
  if (json === null) {
    const error = (dialect ?? dialectOfErrors(path)).errorBody(
      'The body is not a JSON object',
      'invalid_request_error',
      null,
      null,
    )
    sendJson(response, 400, error)
    return
  }
  if (dialect === null) {
    const reply = plainReply(path, route, json)
    if (reply !== null) sendJson(response, 200, reply)
    else notFound(dialectOfErrors(path), response, `Nothing is served at ${path}`)
    return
  }
  // Gemini has the model and the wish for a stream in the address.
  const stream = route?.method === 'streamGenerateContent'
  const named: Readonly<Record<string, unknown>> = route
    ? { ...json, model: route.model, stream }
    : json
  const parsed = dialect.parse(named, request.headers)
  const chat = parsed?.scenario === 'thinking' ? { ...parsed, thinks: true } : parsed
  if (chat === null) {
    const content = contentName(dialect)
    if (Array.isArray(json[content]) || typeof json[content] === 'string') {
      notFound(
        dialect,
        response,
        `The model '${String(named['model'])}' does not exist`,
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
  if (Number.isNaN(chat.choices)) {
    const name = route ? 'generationConfig.candidateCount' : 'n'
    const message = `'${name}' must be a number from 1 to ${String(maxChoices)}`
    sendJson(response, 400, dialect.errorBody(message, 'invalid_request_error', null, name))
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

function geminiDialectOf({ method, isSse }: GeminiRoute): Dialect | null {
  if (method === 'streamGenerateContent') return isSse ? geminiDialect : geminiArrayDialect
  return method === 'generateContent' ? geminiDialect : null
}

/** Where no dialect is called, the address tells whose errors are understood. */
function dialectOfErrors(path: string): Dialect {
  if (path.startsWith('/v1beta/')) return geminiDialect
  if (path.startsWith('/v1/messages')) return anthropicDialect
  return path.startsWith('/api/') ? ollamaDialect : openAiDialect
}

function contentName(dialect: Dialect): string {
  if (dialect === geminiDialect || dialect === geminiArrayDialect) return 'contents'
  if (dialect === completionsDialect) return 'prompt'
  return dialect === responsesDialect ? 'input' : 'messages'
}

function plainReply(
  path: string,
  route: GeminiRoute | null,
  json: Readonly<Record<string, unknown>>,
): string | null {
  if (route) return geminiReply(route, json)
  if (path === '/v1/messages/count_tokens') return anthropicCount(json)
  return ollamaReply(path, json)
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
