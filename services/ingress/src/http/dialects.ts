import type { IncomingMessage } from 'node:http'
import type { WireName } from '@sluice/contracts/wire-name'
import type { CallerFormat, WireFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiCompletions } from '@sluice/wire-openai-completions'
import { openAiResponses } from '@sluice/wire-openai-responses'
import { endpointOf } from './endpoints.ts'

/** What callers speak here. */
const dialects: Partial<Record<WireName, WireFormat>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'openai-completions': openAiCompletions,
  'anthropic-messages': anthropicMessages,
}

export const dialectNames: readonly string[] = Object.keys(dialects)

export function isDialect(name: string): name is WireName {
  return dialectNames.includes(name)
}

/** The form of errors and events of a call; our own routes speak OpenAI's. */
export function dialectOf(wire: WireName): WireFormat {
  return dialects[wire] ?? openAiChat
}

const anthropicPath = /\/messages(?:[/?]|$)/

/**
 * Of a request that got no further than its head: by its route, by the family of routes it names, by the header that every client of
 * Anthropic's sends.
 */
export function dialectOfRequest({ url = '', headers }: IncomingMessage): CallerFormat {
  const endpoint = endpointOf(url)
  if (endpoint) return endpoint.dialect
  const isAnthropic = anthropicPath.test(url) || headers['anthropic-version'] !== undefined
  return isAnthropic ? anthropicMessages : openAiChat
}
