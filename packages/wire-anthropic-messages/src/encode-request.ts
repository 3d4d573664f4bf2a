import type { Traits } from '@sluice/contracts/generation/traits'
import type { CanonicalRequest, FunctionTool, ToolChoice } from '@sluice/wire/canonical-request'
import { budgetOf } from '@sluice/wire/effort'
import type { JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { createToolCallIds, createToolNames, toolCallIdShapes } from '@sluice/wire/tool-identity'
import type { EncodedRequest, ReplyHints, TargetEdits } from '@sluice/wire/wire-format'
import { limitBreakpoints } from './cache-breakpoints.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeThinking, type Thinking } from './encode-thinking.ts'
import { isPlatformVersion, platformMembers, versionWithoutSampling } from './platform.ts'
import { encodeSchema, planFormat } from './structured-output.ts'
import { emptySchema, encodeTool, encodeToolChoice } from './tools.ts'

/** Where neither the caller nor the model's row says how long an answer may be: the wire demands a limit. */
const defaultMaxTokens = 1_024

/** Members of other dialects' bodies that this wire has under the same name. */
const shared = ['container', 'context_management', 'inference_geo', 'mcp_servers', 'speed'] as const
/** Left out without a word: they change nothing about the answer. */
const silent = new Set<string>([...shared, 'store', 'safety_identifier', 'prompt_cache_retention'])

/** By OpenAI's word. */
const tiers: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['default', 'standard_only'],
])

/** One request in the making. */
export interface Encoding {
  readonly request: CanonicalRequest
  readonly target: TargetEdits
  readonly traits: Traits
  readonly ids: ReturnType<typeof createToolCallIds>
  readonly names: ReturnType<typeof createToolNames>
  /** By OpenAI chat names, what was changed. */
  readonly adapted: Set<string>
}

/** The call in Anthropic's words. What the model refuses, and what the wire cannot say, is left out and reported. */
export function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  const { traits } = target
  const encoding: Encoding = {
    request,
    target,
    traits,
    ids: createToolCallIds(toolCallIdShapes.anthropic),
    names: createToolNames(),
    adapted: new Set<string>(),
  }
  const { adapted, names } = encoding
  if ((request.choices ?? 1) > 1) throw refuse('This model gives one answer per call', ['n'])
  const { system, messages } = encodeMessages(encoding)
  const maxTokens = limitOf(encoding)
  const thinking = encodeThinking(encoding, maxTokens, messages)
  const { tools, toolChoice, hints } = encodeTools(encoding, thinking)
  const body: JsonObject = {
    ...(isPlatformVersion(traits) ? platformMembers(traits) : { model: target.upstreamModel }),
    max_tokens: maxTokens,
    ...(system.length > 0 ? { system } : {}),
    messages,
    ...(tools.length > 0 ? { tools } : {}),
    ...(tools.length > 0 && toolChoice ? { tool_choice: toolChoice } : {}),
    ...(thinking.config ? { thinking: thinking.config } : {}),
    ...outputConfig(encoding, thinking),
    ...sampling(encoding, thinking),
    ...others(encoding),
  }
  if (target.stream && traits.anthropicVersion?.startsWith('bedrock-') !== true)
    body['stream'] = true
  limitBreakpoints([...tools, ...system, ...messages.flatMap(({ content }) => content)])
  const { restored } = names
  const undo: ReplyHints = { ...hints, ...(restored ? { toolNames: restored } : {}) }
  return {
    body: Buffer.from(JSON.stringify(body)),
    adapted: [...adapted],
    ...(Object.keys(undo).length > 0 ? { hints: undo } : {}),
  }
}

function limitOf({ request, target, traits, adapted }: Encoding): number {
  // Thoughts are part of the limit: one of ours leaves room for those that were asked for (T27).
  const thoughts = request.reasoning ? (budgetOf(request.reasoning) ?? 0) : 0
  const asked = request.maxTokens ?? traits.defaultMaxTokens ?? defaultMaxTokens + thoughts
  const limit = Math.min(asked, target.maxTokens ?? Infinity)
  if (limit < asked) adapted.add('max_tokens')
  return limit
}

interface EncodedTools {
  readonly tools: JsonObject[]
  readonly toolChoice: JsonObject | null
  readonly hints: ReplyHints
}

function encodeTools(encoding: Encoding, thinking: Thinking): EncodedTools {
  const { request, traits, names, adapted } = encoding
  const tools: JsonObject[] = []
  for (const tool of request.tools) {
    if (tool.type === 'function') {
      // Only models that hold themselves to a schema take the word for it.
      const strict = traits.structuredOutput === 'native' ? tool.strict : null
      tools.push(encodeTool({ ...tool, strict, name: names.of(tool.name) }))
    } else if (tool.wire === 'anthropic-messages') tools.push(tool.definition)
    else adapted.add('tools')
  }
  let choice: ToolChoice | null =
    request.toolChoice?.type === 'tool'
      ? { type: 'tool', name: names.of(request.toolChoice.name) }
      : request.toolChoice
  if (tools.length === 0) {
    for (const tool of historyTools(encoding)) tools.push(encodeTool(tool))
    if (tools.length > 0) choice = { type: 'none' }
  }
  const plan = planFormat(request, traits, tools, choice)
  if (plan.tool) {
    tools.push(encodeTool(plan.tool))
    choice = plan.choice
    adapted.add('response_format')
  }
  // Thinking and being made to call do not go together (T17).
  if (thinking.on && (choice?.type === 'required' || choice?.type === 'tool')) {
    choice = { type: 'auto' }
    adapted.add('tool_choice')
  }
  const parallel = plan.tool && request.tools.length === 0 ? null : request.parallelToolCalls
  if (parallel !== null && choice === null) choice = { type: 'auto' }
  return {
    tools,
    toolChoice: choice ? encodeToolChoice(choice, parallel) : null,
    hints: plan.tool ? { schemaTool: plan.tool.name } : {},
  }
}

/** Calls in the history are refused where no tools are declared (T15): they are rebuilt from their names, and must not be called again. */
function historyTools({ request, names }: Encoding): FunctionTool[] {
  const called = new Set<string>()
  for (const message of request.messages) {
    if (message.role !== 'assistant') continue
    for (const part of message.content) if (part.type === 'tool-call') called.add(part.name)
  }
  return [...called].map((name) => ({
    type: 'function',
    name: names.of(name),
    description: null,
    parameters: emptySchema,
    strict: null,
  }))
}

function outputConfig({ request, traits, adapted }: Encoding, { effort }: Thinking): JsonObject {
  const { responseFormat: format } = request
  const config: JsonObject = effort === null ? {} : { effort }
  if (format?.type === 'json-schema' && traits.structuredOutput === 'native') {
    const { schema, changed } = encodeSchema(format.schema)
    config['format'] = { type: 'json_schema', schema }
    if (changed) adapted.add('response_format')
  }
  return Object.keys(config).length > 0 ? { output_config: config } : {}
}

/** Newer models take none of them, and none takes them all (T30). */
function sampling({ request, traits, adapted }: Encoding, thinking: Thinking): JsonObject {
  const { temperature, topP, topK, presencePenalty, frequencyPenalty, seed } = request.sampling
  const encoded: JsonObject = {}
  const none = traits.anthropicVersion === versionWithoutSampling
  const set = (name: string, value: number | null, isTaken = true) => {
    if (value === null) return
    if (none || !isTaken || traits.refuses?.includes(name) === true) adapted.add(name)
    else encoded[name] = value
  }
  set('temperature', temperature === null ? null : Math.min(temperature, 1), !thinking.on)
  if (temperature !== null && temperature > 1) adapted.add('temperature')
  set('top_p', topP, encoded['temperature'] === undefined && (!thinking.on || (topP ?? 1) >= 0.95))
  set('top_k', topK, !thinking.on)
  // 0 is what they are anyway.
  if ((presencePenalty ?? 0) !== 0) adapted.add('presence_penalty')
  if ((frequencyPenalty ?? 0) !== 0) adapted.add('frequency_penalty')
  if (seed !== null) adapted.add('seed')
  if (request.logitBias !== null) adapted.add('logit_bias')
  if (request.logprobs !== null) adapted.add('logprobs')
  return encoded
}

function others({ request, traits, adapted }: Encoding): JsonObject {
  const encoded: JsonObject = {}
  const set = (name: string, member: string, value: unknown) => {
    if (value === null || value === undefined) return
    if (traits.refuses?.includes(name) === true) adapted.add(name)
    else encoded[member] = value
  }
  const stop = request.stop.filter((sequence) => sequence.trim() !== '')
  if (stop.length < request.stop.length) adapted.add('stop')
  set('stop', 'stop_sequences', stop.length > 0 ? stop : null)
  set('user', 'metadata', request.user === null ? null : { user_id: request.user })
  const { serviceTier } = request
  const tier = serviceTier === null ? null : tiers.get(serviceTier)
  if (tier === undefined) adapted.add('service_tier')
  set('service_tier', 'service_tier', tier)
  for (const name of shared) set(name, name, request.extra[name])
  for (const [name, value] of Object.entries(request.extra)) {
    if (value !== null && !silent.has(name)) adapted.add(name)
  }
  return encoded
}
