type Body = Readonly<Record<string, unknown>>

/** The text of a message or of a tool's result: a string, or its blocks. */
export function textOfBlocks(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as readonly (Body | null)[]).map(textOfBlock).join('')
}

function textOfBlock(block: Body | null): string {
  switch (block?.['type']) {
    case 'text':
      return typeof block['text'] === 'string' ? block['text'] : ''
    case 'tool_result':
      return textOfBlocks(block['content'])
    case 'image':
      return '[image]'
    default:
      return ''
  }
}

/** The last message is what tools gave. */
export function toolsAnswered(messages: readonly unknown[]): boolean {
  const content = (messages.at(-1) as Body | null | undefined)?.['content']
  return (
    Array.isArray(content) &&
    (content as readonly (Body | null)[]).some((block) => block?.['type'] === 'tool_result')
  )
}
