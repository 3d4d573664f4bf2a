import type { Provider } from '@sluice/catalogue/catalogue'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { operationConversion } from '@sluice/wire/operation-conversion'
import { type Conversion, conversionBetween } from '@sluice/wire/translate'
import type { CallerFormat, ProviderFormat, WireFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { bedrockConverse, bedrockInvoke } from '@sluice/wire-bedrock'
import { gemini, vertexEmbeddings } from '@sluice/wire-gemini'
import { ollama } from '@sluice/wire-ollama'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiCompletions } from '@sluice/wire-openai-completions'
import { openAiResponses } from '@sluice/wire-openai-responses'

/** Spoken by callers and by providers. */
const formats: Partial<Record<WireName, WireFormat>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'openai-completions': openAiCompletions,
  'anthropic-messages': anthropicMessages,
  gemini,
  ollama,
}

/** Null for a wire that callers do not speak. */
export function callerFormatOf(wire: WireName): CallerFormat | null {
  return formats[wire] ?? null
}

const providerFormats: Partial<Record<WireName, ProviderFormat>> = {
  ...formats,
  'bedrock-converse': bedrockConverse,
  'bedrock-invoke': bedrockInvoke,
}

/** Null for a wire that this build does not speak. */
export function formatOf(wire: WireName): ProviderFormat | null {
  return providerFormats[wire] ?? null
}

const known = new Map<string, Conversion | null>()

/** Between a call and a provider's wire. Throws when it cannot be had there. */
export function conversionOf(
  { operation, wire: dialect, contentType }: GenerationRequest,
  body: Buffer,
  to: WireName,
  { options }: Pick<Provider, 'options'>,
): Conversion {
  if (operation !== 'chat') {
    const isVertex = to === 'gemini' && options.project !== undefined
    const own = isVertex && operation === 'embeddings' ? vertexEmbeddings : null
    const format = own ?? formatOf(to)?.operations[operation]
    if (format) return operationConversion(format, { data: body, contentType })
    const message = `Providers that are spoken to in ${to} have no ${operation}`
    throw new GatewayError(wireErrors.operation_unsupported, message)
  }
  const conversion = chatConversion(dialect, to)
  if (conversion) return conversion
  throw new GatewayError(wireErrors.wire_unsupported)
}

/** Null when one of the two is not spoken here. */
function chatConversion(from: WireName, to: WireName): Conversion | null {
  const name = `${from} ${to}`
  const before = known.get(name)
  if (before !== undefined) return before
  const made = makeConversion(from, to)
  known.set(name, made)
  return made
}

function makeConversion(from: WireName, to: WireName): Conversion | null {
  const [caller, provider] = [formats[from], formatOf(to)]
  return caller && provider ? conversionBetween(caller, provider) : null
}
