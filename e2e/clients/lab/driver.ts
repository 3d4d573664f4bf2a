import { z } from 'zod'

/** How a client is set up: by its own settings, as its users do. */
export interface Connection {
  /** Without `/v1`. */
  readonly api: string
  readonly key: string
  /** The client's own, after the first try. */
  readonly retries: number
  readonly headers: Readonly<Record<string, string>>
}

export interface Question {
  readonly model: string
  readonly prompt: string
  readonly stream: boolean
  /** A PNG, base64. */
  readonly image?: string
  readonly reasoning?: boolean
}

/** What the client gave its caller. */
export interface Answer {
  readonly text: string
  /** In which the text came; 1 when it was not streamed. */
  readonly pieces: number
  readonly reasoning: string
  readonly usage: { readonly input: number; readonly output: number } | null
}

export type Encoding = 'base64' | 'float'

/** Gives what a tool gave. */
export type RunTool = (name: string, input: unknown) => string

/** The same few questions, put to each client in its own words. It throws what the client throws. */
export interface Driver extends Partial<AsyncDisposable> {
  ask(question: Question): Promise<Answer>
  /** Declares `toolNames`, runs what is called, and resolves with the answer to that. */
  useTools?(question: Question, toolNames: readonly string[], run: RunTool): Promise<string>
  /** What the client made of an answer that was to match `reportSchema`. */
  report?(question: Question): Promise<unknown>
  embed?(model: string, texts: readonly string[], encoding: Encoding): Promise<number[][]>
  countTokens?(question: Question): Promise<number>
  /** A PNG, base64. */
  draw?(model: string, prompt: string): Promise<string>
  /** A WAV, base64. */
  speak?(model: string, text: string): Promise<string>
  transcribe?(model: string, wav: string): Promise<string>
  models?(): Promise<string[]>
}

export type CreateDriver = (connection: Connection) => Driver

/** What every tool of the lab takes. */
export const toolInput = z.object({ query: z.string(), index: z.number() })

export const toolInputSchema = {
  type: 'object' as const,
  properties: { query: { type: 'string' as const }, index: { type: 'number' as const } },
  required: ['query' as const, 'index' as const],
  additionalProperties: false as const,
}

export const reportSchema = z.object({
  city: z.string(),
  degrees: z.number(),
  dry: z.boolean(),
})

/** No question of the lab is answered in more turns. */
export const maxTurns = 4

export const maxTokens = 2_000
