import type { Dialect } from './dialect.ts'
import { interleave } from './interleave.ts'
import { answersIn, type DemoReply, thoughts } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readChoices, readPace } from './demo-request.ts'

type Body = Readonly<Record<string, unknown>>

interface Framing {
  readonly contentType: string
  readonly opening: string
  /** `number` counts from 0. */
  frame(data: string, number: number): string
  readonly endMarker: string
}

const sse: Framing = {
  contentType: 'text/event-stream',
  opening: '',
  frame: (data) => `data: ${data}\r\n\r\n`,
  endMarker: '',
}

/** Without `alt=sse`. */
const array: Framing = {
  contentType: 'application/json; charset=UTF-8',
  opening: '[',
  frame: (data, number) => (number === 0 ? data : `,\r\n${data}`),
  endMarker: ']',
}

/**
 * Gemini's `generateContent`. The model and the wish for a stream stand in the address: the route writes them into the body, as `model` and
 * `stream`. A call's first part carries a thought signature, thoughts are shown when asked for, and usage is a running total.
 */
export const geminiDialect: Dialect = createGeminiDialect(sse)
export const geminiArrayDialect: Dialect = createGeminiDialect(array)

function createGeminiDialect(framing: Framing): Dialect {
  return {
    contentType: framing.contentType,
    endMarker: framing.endMarker,
    garbage: framing.frame('{"candidates": [{"content":', 1) + '\r\n\r\n',
    parse,
    plain: (request, reply) =>
      JSON.stringify(
        answerOf(
          request,
          reply,
          answersIn(reply).map((answer, index) =>
            candidate(
              index,
              partsOf(request, answer).map(({ part }) => part),
              answer,
            ),
          ),
        ),
      ),
    opening: () => framing.opening,

    *parts(request, reply) {
      let sent = 0
      let number = 0
      for (const { index, part, tokens } of streamed(request, reply)) {
        sent += tokens
        const counted = { ...reply, completionTokens: sent }
        const event = answerOf(request, counted, [candidate(index, [part])])
        yield [framing.frame(JSON.stringify(event), number++), tokens]
      }
    },

    last: (request, reply) =>
      framing.frame(
        JSON.stringify(
          answerOf(
            request,
            reply,
            answersIn(reply).map((answer, index) => candidate(index, [{ text: '' }], answer)),
          ),
        ),
        [...streamed(request, reply)].length,
      ),

    errorBody,
    errorPart: (body, { frames }) => framing.frame(body, frames),
  }
}

function parse(body: Body, headers: Parameters<Dialect['parse']>[1]): DemoRequest | null {
  const name = parseModelName(body['model'])
  const { contents, systemInstruction, tools } = body
  if (name === null || !Array.isArray(contents)) return null
  const turns = contents as readonly Body[]
  const declared = (Array.isArray(tools) ? (tools as readonly Body[]) : []).flatMap(functionsOf)
  const system = systemInstruction === undefined ? [] : [systemInstruction as Body]
  const texts = [...system, ...turns].map(textOf)
  const config = (body['generationConfig'] ?? {}) as Body
  const cap = config['maxOutputTokens']
  const thinking = config['thinkingConfig'] as Body | undefined
  const last = partsIn(turns.at(-1) ?? {})
  return {
    ...name,
    modelName: String(body['model']),
    texts,
    tools: declared.map((tool) => ({ name: String(tool['name']), schema: schemaOf(tool) })),
    ...forcedTool(declared, body['toolConfig'] as Body | undefined),
    stream: body['stream'] === true,
    includeUsage: true,
    maxTokens: typeof cap === 'number' ? cap : null,
    thinks: thinking?.['includeThoughts'] === true,
    toolsAnswered: last.some((part) => 'functionResponse' in part),
    schema: config['responseJsonSchema'] ?? config['responseSchema'],
    choices: readChoices(config['candidateCount']),
    pace: readPace(name.model, name.scenario, texts, headers),
  }
}

function functionsOf({ functionDeclarations: declared }: Body): readonly Body[] {
  return Array.isArray(declared) ? (declared as readonly Body[]) : []
}

/** `ANY` leaves the choice among the allowed ones to the model: it takes the first. */
function forcedTool(
  declared: readonly Body[],
  config: Body | undefined,
): Pick<DemoRequest, 'mustCall'> {
  const calling = (config?.['functionCallingConfig'] ?? {}) as Body
  const allowed = calling['allowedFunctionNames']
  const tool = declared.find(
    ({ name }) => !Array.isArray(allowed) || allowed.length === 0 || allowed.includes(name),
  )
  if (calling['mode'] !== 'ANY' || tool === undefined) return {}
  return { mustCall: { name: String(tool['name']), schema: schemaOf(tool) } }
}

function schemaOf(tool: Body): unknown {
  return tool['parametersJsonSchema'] ?? tool['parameters'] ?? {}
}

export function partsIn({ parts }: Body): readonly Body[] {
  return Array.isArray(parts) ? (parts as readonly Body[]) : []
}

function textOf(content: Body): string {
  return partsIn(content)
    .map(({ text, inlineData, fileData }) =>
      (inlineData ?? fileData) ? '[image]' : typeof text === 'string' ? text : '',
    )
    .join('')
}

interface Part {
  readonly part: object
  readonly tokens: number
}

function partsOf({ thinks }: DemoRequest, { tokens, toolCalls, fingerprint }: DemoReply): Part[] {
  const signature = Buffer.from(`thoughts of ${fingerprint}`).toString('base64')
  return [
    ...(thinks === true ? thoughts : []).map((text) => ({
      part: { text, thought: true },
      tokens: 0,
    })),
    ...tokens.map((text) => ({ part: { text }, tokens: 1 })),
    ...toolCalls.map(({ name, pieces }, index) => {
      const functionCall = { name, args: JSON.parse(pieces.join('')) as unknown }
      const signed = index === 0 ? { thoughtSignature: signature } : {}
      return { part: { functionCall, ...signed }, tokens: pieces.length }
    }),
  ]
}

/** The parts of all answers as they come, each with the place of its answer. */
function streamed(request: DemoRequest, reply: DemoReply): Iterable<Part & { index: number }> {
  return interleave(
    answersIn(reply).map((answer, index) =>
      partsOf(request, answer).map((part) => ({ ...part, index })),
    ),
  )
}

const reasons = {
  stop: 'STOP',
  tool_calls: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
}

/** `ended`: the answer whose last parts these are. */
function candidate(index: number, parts: readonly object[], ended?: DemoReply) {
  const finish = ended ? { finishReason: reasons[ended.finishReason] } : {}
  return { content: { parts, role: 'model' }, ...finish, index }
}

function answerOf(request: DemoRequest, reply: DemoReply, candidates: readonly object[]) {
  return {
    candidates,
    ...(request.scenario === 'no-usage' ? {} : { usageMetadata: usageOf(request, reply) }),
    modelVersion: request.modelName,
    responseId: `demo-${reply.fingerprint}`,
  }
}

function usageOf({ thinks }: DemoRequest, reply: DemoReply) {
  const { promptTokens, completionTokens } = reply
  const thought = thinks === true ? thoughts.length * answersIn(reply).length : 0
  return {
    promptTokenCount: promptTokens,
    candidatesTokenCount: completionTokens,
    ...(thought > 0 ? { thoughtsTokenCount: thought } : {}),
    totalTokenCount: promptTokens + completionTokens + thought,
  }
}

const statuses: Readonly<Record<string, readonly [number, string]>> = {
  invalid_request_error: [400, 'INVALID_ARGUMENT'],
  rate_limit_error: [429, 'RESOURCE_EXHAUSTED'],
  server_error: [500, 'INTERNAL'],
  service_unavailable_error: [503, 'UNAVAILABLE'],
}

/** The wait is said in the body: Google sends no header for it. */
function errorBody(
  message: string,
  type: string,
  code: string | null,
  _param: string | null,
  waitMs?: number,
): string {
  const isMissing = code === 'model_not_found' || code === 'not_found'
  const [status, word] = isMissing ? [404, 'NOT_FOUND'] : (statuses[type] ?? [500, 'INTERNAL'])
  const details = waitMs === undefined ? {} : { details: waitDetails(waitMs) }
  return JSON.stringify({ error: { code: status, message, status: word, ...details } })
}

function waitDetails(waitMs: number) {
  const quotaId = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'
  return [
    {
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [{ quotaId, quotaValue: '10' }],
    },
    {
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${String(waitMs / 1_000)}s`,
    },
  ]
}
