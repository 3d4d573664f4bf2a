import type { CanonicalReply, StreamPart } from './canonical-reply.ts'
import type { AssistantPart } from './canonical-request.ts'

/** All answers of a whole reply, as the pieces a stream would bring them in. */
export function streamPartsOf({ content, others = [] }: CanonicalReply): StreamPart[] {
  const further = others.flatMap((other, position) =>
    asStreamParts(other.content).map((part) => ({ ...part, choice: position + 1 })),
  )
  return [...asStreamParts(content), ...further]
}

/** Of a second answer or a later one: for dialects that give one alone. */
export function isOfAnother({ choice }: StreamPart): boolean {
  return choice !== undefined && choice > 0
}

/** A whole answer, as the pieces a stream would bring it in: what a plain reply is encoded from where a dialect has one encoder for both. */
export function asStreamParts(content: readonly AssistantPart[]): StreamPart[] {
  const parts: StreamPart[] = []
  let index = 0
  for (const part of content) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        parts.push({ type: part.type, text: part.text })
        break
      case 'reasoning': {
        if (part.text !== '') parts.push({ type: 'reasoning', text: part.text })
        const { signature, redacted, id, origin } = part
        if (origin !== undefined) {
          parts.push({
            type: 'reasoning-signature',
            origin,
            ...(signature === undefined ? {} : { signature }),
            ...(redacted === undefined ? {} : { redacted }),
            ...(id === undefined ? {} : { id }),
          })
        }
        break
      }
      case 'tool-call': {
        const { id, name, signature } = part
        parts.push({
          type: 'tool-call',
          index,
          id,
          name,
          ...(signature === undefined ? {} : { signature }),
        })
        parts.push({ type: 'tool-arguments', index: index++, text: part.arguments })
        break
      }
    }
  }
  return parts
}

/** Puts the pieces of one answer together again; the inverse of `asStreamParts`. */
export function collectParts(parts: Iterable<StreamPart>): AssistantPart[] {
  const content: AssistantPart[] = []
  const calls: number[] = []
  const replaceLast = (part: AssistantPart) => {
    content[content.length - 1] = part
  }
  for (const part of parts) {
    const last = content.at(-1)
    switch (part.type) {
      case 'text':
      case 'refusal':
        if (last?.type === part.type) replaceLast({ ...last, text: last.text + part.text })
        else content.push({ type: part.type, text: part.text })
        break
      case 'reasoning':
        if (last?.type === 'reasoning' && last.origin === undefined) {
          replaceLast({ ...last, text: last.text + part.text })
        } else content.push({ type: 'reasoning', text: part.text })
        break
      case 'reasoning-signature': {
        const { type: _, ...signed } = part
        if (last?.type === 'reasoning' && last.origin === undefined)
          replaceLast({ ...last, ...signed })
        else content.push({ type: 'reasoning', text: '', ...signed })
        break
      }
      case 'tool-call': {
        const { index, ...call } = part
        calls[index] = content.length
        content.push({ ...call, arguments: '' })
        break
      }
      case 'tool-arguments': {
        const at = calls[part.index] ?? -1
        const call = content[at]
        if (call?.type === 'tool-call') {
          content[at] = { ...call, arguments: call.arguments + part.text }
        }
        break
      }
      case 'usage':
        break
    }
  }
  return content
}
