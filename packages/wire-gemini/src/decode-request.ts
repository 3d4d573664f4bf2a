import type { CanonicalRequest, ResponseFormat, Sampling } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import { readBody } from '@sluice/wire/read-body'
import { decodeContents, decodeSystem } from './decode-contents.ts'
import { listMember, member, objectMember, snakeCase } from './member.ts'
import { modelName } from './model-name.ts'
import { decodeThinking } from './thinking.ts'
import { decodeToolChoice, decodeTools } from './tools.ts'

const known = [
  'model',
  'stream',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
]
const knownConfig = [
  'temperature',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'maxOutputTokens',
  'stopSequences',
  'candidateCount',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'thinkingConfig',
]

export function decodeRequest(body: Buffer): CanonicalRequest {
  const request = readBody(body)
  const config = objectMember(request, 'generationConfig') ?? {}
  return {
    model: modelName(request['model']),
    stream: request['stream'] === true,
    messages: [
      ...decodeSystem(member(request, 'systemInstruction')),
      ...decodeContents(request['contents']),
    ],
    tools: decodeTools(request),
    toolChoice: decodeToolChoice(request),
    parallelToolCalls: null,
    sampling: decodeSampling(config),
    maxTokens: numberOrNull(member(config, 'maxOutputTokens')),
    stop: listMember(config, 'stopSequences').map(String),
    choices: numberOrNull(member(config, 'candidateCount')),
    logprobs: null,
    logitBias: null,
    responseFormat: decodeFormat(config),
    reasoning: decodeThinking(objectMember(config, 'thinkingConfig')),
    user: null,
    cacheKey: null,
    serviceTier: null,
    metadata: null,
    extra: decodeExtra(request, config),
  }
}

function decodeSampling(config: JsonObject): Sampling {
  return {
    temperature: numberOrNull(member(config, 'temperature')),
    topP: numberOrNull(member(config, 'topP')),
    topK: numberOrNull(member(config, 'topK')),
    presencePenalty: numberOrNull(member(config, 'presencePenalty')),
    frequencyPenalty: numberOrNull(member(config, 'frequencyPenalty')),
    seed: numberOrNull(member(config, 'seed')),
  }
}

function decodeFormat(config: JsonObject): ResponseFormat | null {
  if (member(config, 'responseMimeType') !== 'application/json') return null
  const schema =
    objectMember(config, 'responseJsonSchema') ?? objectMember(config, 'responseSchema')
  if (!schema) return { type: 'json' }
  return { type: 'json-schema', name: 'answer', description: null, schema, strict: null }
}

function decodeExtra(request: JsonObject, config: JsonObject): JsonObject {
  const restOfConfig = without(config, knownConfig)
  const {
    functionCallingConfig: _,
    function_calling_config: __,
    ...restOfTools
  } = objectMember(request, 'toolConfig') ?? {}
  return {
    ...without(request, known),
    ...(Object.keys(restOfConfig).length > 0 ? { generationConfig: restOfConfig } : {}),
    ...(Object.keys(restOfTools).length > 0 ? { toolConfig: restOfTools } : {}),
  }
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  const dropped = new Set([...names, ...names.map(snakeCase)])
  return Object.fromEntries(Object.entries(object).filter(([name]) => !dropped.has(name)))
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
