import type { Need } from '@sluice/contracts/generation/generation-request'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { readBody, refuse } from '@sluice/wire/read-body'
import type { CallSummary } from '@sluice/wire/wire-format'
import { listMember, member, objectMember, textOf } from './member.ts'
import { modelName } from './model-name.ts'
import { decodeThinking } from './thinking.ts'

/**
 * Gemini has the model and the wish for a stream in the address, so that an edge which takes this dialect has to write them into the body, as
 * `model` and `stream`.
 */
export function parseRequest(body: Buffer): CallSummary {
  const request = readBody(body)
  const model = modelName(request['model'])
  if (model === '') throw refuse('model must be a name', ['model'])
  const { contents } = request
  if (!Array.isArray(contents) && !isObject(contents) && typeof contents !== 'string') {
    throw refuse('contents must be a list', ['contents'])
  }
  for (const [i, content] of (Array.isArray(contents) ? (contents as unknown[]) : []).entries()) {
    if (!isObject(content)) throw refuse('a content must be an object', ['contents', i])
    if (!Array.isArray(content['parts'])) {
      throw refuse('parts must be a list', ['contents', i, 'parts'])
    }
  }
  const config = objectMember(request, 'generationConfig')
  const limit = member(config, 'maxOutputTokens')
  return {
    model,
    stream: request['stream'] === true,
    includeUsage: true,
    maxTokens: typeof limit === 'number' && limit > 0 ? limit : null,
    user: null,
    group: null,
    needs: needsOf(request, config),
  }
}

function needsOf(request: JsonObject, config: JsonObject | null): Need[] {
  const needs: Need[] = []
  const hasFunctions = listMember(request, 'tools').some(
    (tool) => listMember(tool, 'functionDeclarations').length > 0,
  )
  if (hasFunctions) needs.push('tools')
  const types = listMember(request, 'contents')
    .flatMap((content) => listMember(content, 'parts'))
    .map((part) => objectMember(part, 'inlineData') ?? objectMember(part, 'fileData'))
    .map((media) => textOf(member(media, 'mimeType')))
  if (types.some((type) => type.startsWith('image/'))) needs.push('images')
  if (types.some((type) => type.startsWith('audio/'))) needs.push('audio')
  if (member(config, 'responseSchema') != null || member(config, 'responseJsonSchema') != null) {
    needs.push('json_schema')
  }
  const reasoning = decodeThinking(objectMember(config, 'thinkingConfig'))
  if (reasoning && reasoning.budgetTokens !== 0) needs.push('reasoning')
  return needs
}
