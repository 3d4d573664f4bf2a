import type { WireName } from '@sluice/contracts/wire-name'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { openAiChat } from '@sluice/wire-openai-chat'

const dialects: Partial<Record<WireName, CallerFormat>> = {
  'openai-chat': openAiChat,
}

/** The form of errors and events of a call; our own routes speak OpenAI's. */
export function dialectOf(wire: WireName): CallerFormat {
  return dialects[wire] ?? openAiChat
}
