import type { Caller } from '@sluice/contracts/caller'
import type { RequestId } from '@sluice/contracts/ids'
import { fromUnknown, GatewayError, kernelErrors, messageOf } from '@sluice/kernel/errors'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/parse-body'
import { scanMembers } from '@sluice/wire/splice'
import { openAiResponses } from '@sluice/wire-openai-responses'
import { requestIdOfItem } from '@sluice/wire-openai-responses/gateway-made'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import type { Asked } from '../asked.ts'
import type { Call } from '../call.ts'
import { tooLarge } from '../read-body.ts'
import { findConversation, findResponse, generationOf, keep } from './kept-responses.ts'

/**
 * What the Responses API adds to a call before it is accepted: it goes on from an earlier response, and is kept for those who come back to it.
 * The body that travels on holds the whole conversation: no provider knows our responses.
 */
export async function beginResponse(
  call: Call,
  asked: Asked,
  caller: Caller,
  context: IngressContext,
): Promise<Asked> {
  const body = bodyOf(asked)
  const { previous_response_id: previous, background, store } = body
  call.background = background === true
  if (call.background && store === false) {
    throw refuse("A response in the background is kept: 'store' must not be false", ['store'])
  }
  const history = previous == null ? [] : await historyOf(previous, caller, context)
  const given = itemsOf(body['input'])
  const input = await resolveReferences(given, caller, context)
  if (store !== false) await keepCall(call, body, input, caller, context)
  return previous == null && input === given
    ? asked
    : withInput(asked, [...history, ...input], context)
}

function bodyOf({ summary, body }: Asked): JsonObject {
  const value = summary.json ?? (JSON.parse(body.toString()) as unknown)
  return isObject(value) ? value : {}
}

async function historyOf(
  name: unknown,
  caller: Caller,
  context: IngressContext,
): Promise<readonly unknown[]> {
  const id = generationOf(name)
  const items = id && (await findConversation(id, caller, context))
  if (items) return items
  const message = `Previous response with id '${String(name)}' not found.`
  const options = { param: 'previous_response_id', type: 'invalid_request_error' }
  throw new GatewayError(ingressErrors.previous_response_not_found, message, options)
}

function itemsOf(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input as unknown[]
  if (typeof input !== 'string') return []
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
}

/** Items that the gateway made are named by clients that leave the history to it (the AI SDK); a provider's own are looked up there. */
async function resolveReferences(
  items: readonly unknown[],
  caller: Caller,
  context: IngressContext,
): Promise<readonly unknown[]> {
  const wanted = new Set(items.flatMap((item) => referenceOf(item)?.requestId ?? []))
  if (wanted.size === 0) return items
  const known = new Map<unknown, unknown>()
  for (const id of wanted) {
    const found = await findResponse(id, caller, context)
    for (const item of itemsOf(found?.response['output'])) {
      if (isObject(item)) known.set(item['id'], item)
    }
  }
  return items.map((item, i) => {
    const reference = referenceOf(item)
    if (reference === null) return item
    const found = known.get(reference.id)
    if (found === undefined) {
      throw refuse(`Item with id '${reference.id}' not found.`, ['input', i, 'id'])
    }
    return found
  })
}

function referenceOf(item: unknown): { readonly id: string; readonly requestId: RequestId } | null {
  if (!isObject(item) || (item['type'] ?? 'item_reference') !== 'item_reference') return null
  const requestId = generationOf(`resp_${requestIdOfItem(item['id']) ?? ''}`)
  return requestId && { id: String(item['id']), requestId }
}

/**
 * Before the call is accepted, so that no accepted call is without it. When it cannot be kept just now, a caller who did not ask for it gets an
 * answer all the same, and is told; one who will come back gets a 503.
 */
async function keepCall(
  call: Call,
  { model: _model, input: _input, ...asked }: JsonObject,
  input: readonly unknown[],
  caller: Caller,
  context: IngressContext,
): Promise<void> {
  const previousId = generationOf(asked['previous_response_id'])
  const { id, background, stream } = call
  const createdAt = context.clock.now()
  const kept = {
    id,
    previousId,
    background,
    stream,
    model: call.model ?? '',
    input,
    asked,
    createdAt,
  }
  const isAsked = background || asked['store'] === true || previousId !== null
  const { keepPause } = context
  try {
    if (!isAsked && keepPause.active) throw new GatewayError(kernelErrors.dependency_unavailable)
    await keep(kept, caller, context, isAsked)
    call.keptId = id
  } catch (error) {
    if (isAsked) throw error
    // What is wrong with this call alone is no reason to spare others.
    if (!keepPause.active && fromUnknown(error).retryable) {
      context.logger.warn({ request_id: id, problem: messageOf(error) }, 'cannot keep responses')
      keepPause.begin()
    }
    call.adapted = [...call.adapted, 'store']
  }
}

function withInput(asked: Asked, items: readonly unknown[], { config }: IngressContext): Asked {
  const body = scanMembers(asked.body, ['input']).edit({ input: JSON.stringify(items) })
  if (body.length > config.maxInferenceBytes) throw tooLarge(config.maxInferenceBytes)
  // What a target must be able to do depends on everything that was said.
  return { ...asked, body, summary: openAiResponses.parseRequest(body) }
}
