/** One server-sent event: its `id:` and its `data:`. */
export interface SseEvent {
  readonly id: string | null
  readonly data: string
}

/** Cuts a stream of text into events; a rest without its blank line is no event. */
export class SseParser {
  #rest = ''

  push(text: string): SseEvent[] {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    return blocks.map(parse).filter((event) => event !== null)
  }
}

function parse(block: string): SseEvent | null {
  let id: string | null = null
  const data: string[] = []
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4)
    else if (line.startsWith('data: ')) data.push(line.slice(6))
  }
  return data.length === 0 ? null : { id, data: data.join('\n') }
}
