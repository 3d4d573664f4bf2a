import type { WireName } from '@sluice/contracts/wire-name'
import { type Conversion, conversionBetween } from '@sluice/wire/translate'
import type { ProviderFormat, WireFormat } from '@sluice/wire/wire-format'
import { ollama } from '@sluice/wire-ollama'
import { openAiChat } from '@sluice/wire-openai-chat'

const formats: Partial<Record<WireName, WireFormat>> = { 'openai-chat': openAiChat, ollama }

/** Null for a wire that this build does not speak. */
export function formatOf(wire: WireName): ProviderFormat | null {
  return formats[wire] ?? null
}

const known = new Map<string, Conversion | null>()

/** Between a caller's dialect and a provider's wire; null when one of them is not spoken here. */
export function conversionOf(from: WireName, to: WireName): Conversion | null {
  const name = `${from} ${to}`
  const before = known.get(name)
  if (before !== undefined) return before
  const made = makeConversion(from, to)
  known.set(name, made)
  return made
}

function makeConversion(from: WireName, to: WireName): Conversion | null {
  const [caller, provider] = [formats[from], formats[to]]
  return caller && provider ? conversionBetween(caller, provider) : null
}
