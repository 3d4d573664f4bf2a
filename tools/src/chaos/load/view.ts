import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { RecordOf } from '../history.ts'
import { SseParser } from './sse.ts'

export type View = Pick<RecordOf<'viewed'>, 'events' | 'end' | 'terminal'> & {
  /** `performance.now()` of the first event. */
  readonly firstAt: number | null
  /** The id of the last event. */
  readonly cursor: string | null
}

export interface Reading {
  /** Goes away after so many events. */
  readonly leaveAfter: number
  /** Takes nothing for so long, once, after the first events. */
  readonly stallMs: number
}

const Content = z.object({ content: z.string().nullish() })
/** A chunk of a stream, a whole plain reply, or an error. */
const Event = z.object({
  choices: z.array(z.object({ delta: Content.optional(), message: Content.optional() })).optional(),
  error: z.object({ code: z.string().nullish() }).optional(),
})

/** Reads a stream to its end, or until this client has had enough. */
export function readStream(response: IncomingMessage, reading: Reading): Promise<View> {
  const parser = new SseParser()
  const events: [string | null, string][] = []
  let terminal: string | null = null
  let firstAt: number | null = null
  let cursor: string | null = null
  let left = false
  response.setEncoding('utf8')
  return new Promise((resolve) => {
    response.on('data', (text: string) => {
      for (const { id, data } of parser.push(text)) {
        if (left) return
        firstAt ??= performance.now()
        cursor = id ?? cursor
        const { word, end } = meaning(data)
        events.push([id, word])
        terminal = end ?? terminal
        if (terminal === null && events.length >= reading.leaveAfter) {
          left = true
          response.destroy()
        }
      }
      if (reading.stallMs > 0 && events.length > 0 && !stalled) {
        stalled = true
        response.pause()
        setTimeout(() => response.resume(), reading.stallMs)
      }
    })
    let stalled = false
    response.on('error', () => undefined) // `close` follows
    response.once('close', () => {
      const end =
        terminal !== null ? 'terminal' : left ? 'left' : response.complete ? 'clean' : 'broken'
      resolve({ events, end, terminal, firstAt, cursor })
    })
  })
}

function meaning(data: string): { word: string; end: string | null } {
  if (data === '[DONE]') return { word: '', end: 'completed' }
  const event = parse(data)
  if (event === null)
    return { word: `unreadable.${data.slice(0, 100).replaceAll(/\s/g, '_')}`, end: null } // no word of any call: the checker tells
  const { choices, error } = event
  if (error) return { word: '', end: error.code ?? 'error' }
  const choice = choices?.[0]
  if (choice?.message) return { word: choice.message.content ?? '', end: 'completed' }
  return { word: choice?.delta?.content?.trim() ?? '', end: null }
}

function parse(data: string): z.infer<typeof Event> | null {
  try {
    return Event.parse(JSON.parse(data))
  } catch {
    return null
  }
}
