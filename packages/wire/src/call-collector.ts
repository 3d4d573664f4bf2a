import type { StreamPart } from './canonical-reply.ts'
import type { ToolCallPart } from './canonical-request.ts'

/** Puts the calls of a stream together for dialects that send a call whole, however its pieces interleave (T01). */
export function createCallCollector() {
  const calls: (ToolCallPart & { arguments: string })[] = []
  return {
    /** False for a part that is no piece of a call. */
    take(part: StreamPart): boolean {
      if (part.type === 'tool-call') {
        const { index, ...call } = part
        calls[index] = { ...call, arguments: '' }
        return true
      }
      if (part.type !== 'tool-arguments') return false
      const call = calls[part.index]
      if (call) calls[part.index] = { ...call, arguments: call.arguments + part.text }
      return true
    },
    /** In the order of their beginnings. */
    calls: (): readonly ToolCallPart[] => calls.filter(() => true),
  }
}
