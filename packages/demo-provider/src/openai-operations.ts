import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pixel, tone } from './demo-files.ts'
import { embeddingsReply } from './embeddings.ts'
import { openAiDialect } from './openai-dialect.ts'
import { parseScenario } from './demo-request.ts'
import { sendFailure, sendJson } from './serve-chat.ts'

type Fields = Readonly<Record<string, unknown>>

interface OperationCall {
  readonly fields: Fields
  /** The files of a form. */
  readonly files: readonly Buffer[]
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const operations: Readonly<Record<string, (call: OperationCall) => void>> = {
  '/v1/embeddings': embed,
  '/v1/rerank': rerank,
  '/v1/moderations': moderate,
  '/v1/images/generations': draw,
  '/v1/images/edits': draw,
  '/v1/audio/speech': speak,
  '/v1/audio/transcriptions': transcribe,
  '/v1/audio/translations': transcribe,
}

export const pixelPath = '/v1/demo/pixel.png'

/** OpenAI's calls with one plain reply. Any model name is taken; its suffix is the scenario. False = not one of them. */
export function serveOperation(
  path: string,
  body: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const operation = operations[path]
  if (!operation) return false
  void readFields(body, request.headers['content-type'] ?? '').then(
    (read) => {
      const scenario = parseScenario(read.fields['model'])
      if (scenario === 'timeout') return
      if (scenario !== null && sendFailure(openAiDialect, scenario, response)) return
      operation({ ...read, request, response })
    },
    () => {
      refuse(response, 'The body cannot be read', null)
    },
  )
  return true
}

async function readFields(
  body: Buffer,
  contentType: string,
): Promise<Pick<OperationCall, 'fields' | 'files'>> {
  if (!contentType.startsWith('multipart/form-data')) {
    return { fields: JSON.parse(body.toString()) as Fields, files: [] }
  }
  const headers = { 'content-type': contentType }
  const form = await new Response(new Uint8Array(body), { headers }).formData()
  const fields: Record<string, unknown> = {}
  const files: Buffer[] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value
    else files.push(Buffer.from(await value.arrayBuffer()))
  }
  return { fields, files }
}

function embed({ fields, response }: OperationCall): void {
  const reply = embeddingsReply(fields)
  if (reply === null) refuse(response, "'input' is required", 'input')
  else sendJson(response, 200, reply)
}

/** The share of the query's words that a document has; in the documents' order, not in that of the scores. */
function rerank({ fields, response }: OperationCall): void {
  const { query, documents, return_documents: returned } = fields
  if (typeof query !== 'string' || !Array.isArray(documents)) {
    refuse(response, "'query' and 'documents' are required", 'query')
    return
  }
  const wanted = wordsOf(query)
  const results = (documents as unknown[]).map((document, index) => {
    const text = typeof document === 'string' ? document : textIn(document)
    const found = new Set(wordsOf(text))
    const hits = wanted.filter((word) => found.has(word)).length
    const score = wanted.length === 0 ? 0 : hits / wanted.length
    return { index, relevance_score: score, ...(returned === true ? { document: { text } } : {}) }
  })
  const total = tokensOf([query, ...documents.map(String)].join(' '))
  sendJson(
    response,
    200,
    JSON.stringify({ model: fields['model'], results, usage: { total_tokens: total } }),
  )
}

/** What has the word `flagged` in it is flagged. */
function moderate({ fields, response }: OperationCall): void {
  const { input } = fields
  const inputs: unknown[] = Array.isArray(input) ? input : [input]
  const results = inputs.map((each) => {
    const text = typeof each === 'string' ? each : textIn(each)
    const flagged = /\bflagged\b/i.test(text)
    return {
      flagged,
      categories: { violence: flagged, harassment: false },
      category_scores: { violence: flagged ? 0.97 : 0.01, harassment: 0.01 },
    }
  })
  sendJson(response, 200, JSON.stringify({ id: 'modr-demo', model: fields['model'], results }))
}

function draw({ fields, request, response }: OperationCall): void {
  const { prompt, n, response_format: format } = fields
  if (typeof prompt !== 'string' || prompt === '') {
    refuse(response, "'prompt' is required", 'prompt')
    return
  }
  const url = `http://${request.headers.host ?? '127.0.0.1'}${pixelPath}`
  const picture = format === 'b64_json' ? { b64_json: pixel.toString('base64') } : { url }
  const count = Math.max(1, Math.min(10, Number(n ?? 1)))
  const text = tokensOf(prompt)
  const usage = {
    input_tokens: text,
    output_tokens: 16 * count,
    total_tokens: text + 16 * count,
    input_tokens_details: { text_tokens: text, image_tokens: 0 },
  }
  const data = Array.from({ length: count }, () => picture)
  sendJson(response, 200, JSON.stringify({ created: 1_767_225_600, data, usage }))
}

function speak({ fields, response }: OperationCall): void {
  const { input } = fields
  if (typeof input !== 'string' || input === '') {
    refuse(response, "'input' is required", 'input')
    return
  }
  const sound = tone(input)
  response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': sound.length })
  response.end(sound)
}

function transcribe({ fields, files, response }: OperationCall): void {
  const [file] = files
  if (!file || file.length === 0) {
    refuse(response, 'The audio file is empty', 'file')
    return
  }
  const mark = hash('sha256', file, 'hex').slice(0, 8)
  const text = `The demo model heard ${String(file.length)} bytes, ${mark}`
  const { response_format: format } = fields
  if (format === 'text' || format === 'srt' || format === 'vtt') {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
    return
  }
  const [input, output] = [Math.ceil(file.length / 100), tokensOf(text)]
  const usage = {
    type: 'tokens',
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_token_details: { text_tokens: 0, audio_tokens: input },
  }
  sendJson(response, 200, JSON.stringify({ text, usage }))
}

function refuse(response: ServerResponse, message: string, param: string | null): void {
  sendJson(response, 400, openAiDialect.errorBody(message, 'invalid_request_error', null, param))
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\w+/g) ?? []
}

function textIn(value: unknown): string {
  const { text } = (value ?? {}) as { text?: unknown }
  return typeof text === 'string' ? text : ''
}

function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4))
}
