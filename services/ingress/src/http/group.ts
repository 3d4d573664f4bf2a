import type { IncomingHttpHeaders } from 'node:http'
import type { CallSummary } from '@sluice/wire/wire-format'

/** Clients that name a conversation in a header: Claude Code, Codex, opencode, Open WebUI. */
const headerNames = [
  'x-claude-code-session-id',
  'session-id',
  'thread-id',
  'x-session-id',
  'x-openwebui-chat-id',
]
const maxLength = 256

/** Which calls belong together, by what their client says of itself; headers before the body. Null = it does not say. */
export function groupOf(headers: IncomingHttpHeaders, { group }: CallSummary): string | null {
  for (const name of headerNames) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value.slice(0, maxLength)
  }
  return group === null ? null : group.slice(0, maxLength)
}
