import { hash } from 'node:crypto'

export const scenarios = [
  '401',
  '402',
  '403',
  '404',
  '413',
  '429',
  '429-long',
  'quota',
  'overloaded',
  '500',
  '503',
  'timeout',
  'slow-first-byte',
  'truncate',
  'no-done',
  'garbage',
  'error-midstream',
  'error-event',
  'no-usage',
  'html',
  'empty',
  'length',
  'refusal',
  'thinking',
] as const
export type Scenario = (typeof scenarios)[number]

export const models = ['demo/chat', 'demo/echo', 'demo/tools', 'demo/slow'] as const
export type DemoModel = (typeof models)[number]

/** What both dialects come down to. */
export interface DemoRequest {
  readonly model: DemoModel
  /** The name as it was asked for, suffix included. */
  readonly modelName: string
  readonly scenario: Scenario | null
  /** Text of every message, in order. */
  readonly texts: readonly string[]
  readonly tools: readonly DemoTool[]
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly maxTokens: number | null
  /** Reasoning was asked for, in a dialect that shows it. */
  readonly thinks?: boolean
  /** The last message is what a tool gave: the model answers with text. */
  readonly toolsAnswered?: boolean
  /** The tool that is to be called whatever the model, with arguments that match its schema. */
  readonly mustCall?: DemoTool
  /** JSON schema that the answer's text is to match. */
  readonly schema?: unknown
  /** Answers wanted (of each prompt); absent = 1. */
  readonly choices?: number
  /** The prompt is to stand before its answer; legacy completions alone have this. */
  readonly echoes?: boolean
  readonly pace: Pace
}

/** A tool as it was declared. */
export interface DemoTool {
  readonly name: string
  readonly schema: unknown
}

export interface Pace {
  readonly tokens: number
  /** Of the prompt, reported as read from a cache; OpenAI's dialect alone has them. */
  readonly cachedTokens?: number
  readonly intervalMs: number
  readonly firstByteMs: number
}

const maxTokens = 100_000
const maxMs = 60_000

/** One call may ask for so many answers. */
export const maxChoices = 8

/** The number of answers asked for; NaN = not a number of them. */
export function readChoices(value: unknown): number {
  const count = value ?? 1
  const isCount = Number.isInteger(count) && Number(count) >= 1 && Number(count) <= maxChoices
  return isCount ? Number(count) : Number.NaN
}

/** `demo/chat:429` → the model and its scenario; null = no such model. */
export function parseModelName(
  name: unknown,
): { readonly model: DemoModel; readonly scenario: Scenario | null } | null {
  if (typeof name !== 'string') return null
  const [base, suffix, ...rest] = name.split(':')
  const model = models.find((known) => known === base)
  const scenario = scenarios.find((known) => known === suffix) ?? null
  if (!model || rest.length > 0 || (suffix !== undefined && scenario === null)) return null
  return { model, scenario }
}

/** The scenario of a name whose model is not looked at; null = none. */
export function parseScenario(name: unknown): Scenario | null {
  const suffix = typeof name === 'string' ? name.slice(name.lastIndexOf(':') + 1) : ''
  return scenarios.find((known) => known === suffix) ?? null
}

const directive = /\[\[([^\]]{1,200})\]\]/

/** Headers win over a `[[tokens=64 interval=20 first-byte=100]]` in the prompt. */
export function readPace(
  model: DemoModel,
  scenario: Scenario | null,
  texts: readonly string[],
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Pace {
  const inPrompt = new Map<string, number>()
  const found = directive.exec(texts.find((text) => text.includes('[[')) ?? '')
  for (const pair of found?.[1]?.split(/\s+/) ?? []) {
    const [name = '', value] = pair.split('=')
    inPrompt.set(name, Number(value))
  }
  const number = (header: string, name: string, fallback: number, max: number) => {
    const asked = headers[header] === undefined ? inPrompt.get(name) : Number(headers[header])
    return asked !== undefined && Number.isFinite(asked) && asked >= 0
      ? Math.min(Math.floor(asked), max)
      : fallback
  }
  return {
    tokens: number('x-demo-tokens', 'tokens', 24, maxTokens),
    cachedTokens: number('x-demo-cached-tokens', 'cached', 0, maxTokens),
    intervalMs: number('x-demo-interval-ms', 'interval', model === 'demo/slow' ? 1_000 : 0, maxMs),
    firstByteMs: number(
      'x-demo-first-byte-ms',
      'first-byte',
      scenario === 'slow-first-byte' ? 10_000 : 0,
      maxMs,
    ),
  }
}

/** Eight hex digits that stand for the messages: what the words, ids and tool arguments are made from. */
export function fingerprint(texts: readonly string[]): string {
  return hash('sha256', texts.join('\n'), 'hex').slice(0, 8)
}
