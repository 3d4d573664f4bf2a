import type { CanonicalRequest } from '@sluice/wire/canonical-request'
import { parseBody } from '@sluice/wire/parse-body'
import { refuse } from '@sluice/wire/read-body'
import { CompletionRequest } from './parse-request.ts'

/** The prompt as the one message of a user. Throws a 400 for what no chat model can be asked. */
export function decodeRequest(body: Buffer): CanonicalRequest {
  const request = parseBody(body, CompletionRequest)
  const { stop, suffix, best_of: bestOf } = request
  if (suffix != null && suffix !== '') {
    throw refuse('the model behind this name cannot complete up to a suffix', ['suffix'])
  }
  if (bestOf != null && bestOf > (request.n ?? 1)) {
    throw refuse('the model behind this name gives no choice of the best', ['best_of'])
  }
  return {
    model: request.model,
    stream: request.stream === true,
    messages: [{ role: 'user', content: [{ type: 'text', text: readPrompt(request.prompt) }] }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    sampling: {
      temperature: request.temperature ?? null,
      topP: request.top_p ?? null,
      topK: null,
      presencePenalty: request.presence_penalty ?? null,
      frequencyPenalty: request.frequency_penalty ?? null,
      seed: request.seed ?? null,
    },
    maxTokens: request.max_tokens ?? null,
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
    choices: request.n ?? null,
    logprobs: request.logprobs ?? null,
    logitBias: request.logit_bias ?? null,
    responseFormat: null,
    reasoning: null,
    user: request.user ?? null,
    cacheKey: null,
    serviceTier: null,
    metadata: null,
    extra: {},
    ...(request.echo === true ? { asked: { echo: true } } : {}),
  }
}

function readPrompt(prompt: CompletionRequest['prompt']): string {
  const [only, second] = typeof prompt === 'string' ? [prompt] : prompt
  if (typeof only === 'string' && second === undefined) return only
  throw refuse(
    typeof only === 'string'
      ? 'the model behind this name takes one prompt at a time'
      : 'the model behind this name takes text, not tokens',
    ['prompt'],
  )
}

/** What the answer begins with when the caller wants its prompt back; empty when it does not. */
export function echoOf(request: CanonicalRequest | null): string {
  const [message] = request?.asked?.['echo'] === true ? request.messages : []
  const [part] = message?.role === 'user' ? message.content : []
  return part?.type === 'text' ? part.text : ''
}
