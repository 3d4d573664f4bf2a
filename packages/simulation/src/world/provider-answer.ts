import type { Random } from '../core/random.ts'

/** What a provider will do with one call, decided when it arrives. */
export interface Answer {
  readonly kind: string
  /** Ms until the head. */
  readonly delayMs: number
  /** Null: no head ever comes. */
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: readonly { readonly afterMs: number; readonly bytes: Buffer }[]
  readonly endAfterMs: number
  /** `stall`: nothing more comes, and the connection stays open. */
  readonly end: 'close' | 'reset' | 'stall'
  /** The text of the whole answer as it was meant; what was sent may be less. */
  readonly ticks: readonly string[]
  /** What it reports at the end; null = nothing, or nothing that can be true. */
  readonly usage: { readonly input: number; readonly output: number } | null
}

export interface CallFacts {
  readonly number: number
  readonly marker: string
  readonly stream: boolean
  /** Probability that something is wrong with the answer. */
  readonly troubled: number
}

const troubles = [
  'refused 400',
  'limited 429',
  'error 500',
  'no head',
  'slow head',
  'reset before head',
  'reset',
  'truncated',
  'stalled',
  'garbage',
  'error frame',
  'no usage',
  'absurd usage',
  'no done marker',
  'endless',
] as const
type Trouble = (typeof troubles)[number]

const absurd = [
  { input: -5, output: 3 },
  { input: 10, output: 1e12 },
  { input: 1e300, output: 1 },
]

export function drawAnswer(random: Random, facts: CallFacts): Answer {
  const trouble = random.chance(facts.troubled) ? random.pick(troubles) : null
  const ticks = Array.from(
    { length: trouble === 'endless' ? 200 : random.pick([1, 2, 5, 12, 30, 60]) },
    (_, i) => `<${facts.marker}.${String(facts.number)}.${String(i)}>`,
  )
  const truth = { input: random.int(1, 5_000), output: ticks.length }
  const reported =
    trouble === 'no usage' ? null : trouble === 'absurd usage' ? random.pick(absurd) : truth
  const paceMs = trouble === 'endless' ? 300 : random.pick([0, 1, 20, 120])
  const base = {
    kind: trouble ?? 'whole',
    delayMs: trouble === 'slow head' ? random.int(1_000, 4_000) : random.between(0, 100),
    headers: { 'content-type': facts.stream ? 'text/event-stream' : 'application/json' },
    endAfterMs: random.between(0, paceMs),
    ticks,
    usage: reported === truth ? truth : null,
  }
  if (trouble === 'no head') return { ...base, status: null, chunks: [], end: 'stall' }
  if (trouble === 'reset before head') return { ...base, status: null, chunks: [], end: 'reset' }
  const status = Number(/ \d\d\d$/.exec(trouble ?? '')?.[0] ?? 200)
  if (status !== 200) return { ...base, status, chunks: refusal(trouble), end: 'close' }
  const body = facts.stream ? stream(ticks, reported, trouble) : reply(ticks, reported, trouble)
  const cut = trouble === 'reset' || trouble === 'truncated' || trouble === 'stalled'
  const kept = cut ? body.slice(0, random.int(0, Math.max(0, body.length - 3))) : body
  return {
    ...base,
    status: 200,
    chunks: slice(random, kept, paceMs),
    end: trouble === 'reset' ? 'reset' : trouble === 'stalled' ? 'stall' : 'close',
  }
}

function refusal(trouble: Trouble | null): { afterMs: number; bytes: Buffer }[] {
  const error = { message: trouble, type: 'provider_error', code: null }
  return [{ afterMs: 0, bytes: Buffer.from(JSON.stringify({ error })) }]
}

function usageOf(usage: { input: number; output: number }) {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  }
}

/** Pieces that may be sent apart. */
function stream(
  ticks: readonly string[],
  usage: Answer['usage'],
  trouble: Trouble | null,
): string[] {
  const chunk = (choices: unknown[], more: object = {}) => {
    const named = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
    return `data: ${JSON.stringify({ ...named, choices, ...more })}\n\n`
  }
  const delta = (content: string) => [{ index: 0, delta: { content }, finish_reason: null }]
  const texts = ticks.map((tick) => chunk(delta(tick)))
  const half = Math.floor(texts.length / 2)
  if (trouble === 'garbage') return [...texts.slice(0, half), 'data: {"choices":[{]\n\n']
  if (trouble === 'error frame')
    return [...texts.slice(0, half), `data: {"error":{"message":"overloaded","type":"server"}}\n\n`]
  const end = [chunk([{ index: 0, delta: {}, finish_reason: 'stop' }])]
  if (usage) end.push(chunk([], { usage: usageOf(usage) }))
  return trouble === 'no done marker' ? [...texts, ...end] : [...texts, ...end, 'data: [DONE]\n\n']
}

function reply(
  ticks: readonly string[],
  usage: Answer['usage'],
  trouble: Trouble | null,
): string[] {
  if (trouble === 'garbage') return ['{"choices":[{]']
  if (trouble === 'error frame') return ['{"error":{"message":"overloaded","type":"server"}}']
  const message = { role: 'assistant', content: ticks.join('') }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  const named = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm', choices }
  const text = JSON.stringify(usage ? { ...named, usage: usageOf(usage) } : named)
  const third = Math.ceil(text.length / 3)
  return [text.slice(0, third), text.slice(third, 2 * third), text.slice(2 * third), '', '']
}

/** As the network cuts it: some pieces together, some in the middle of a line. */
function slice(random: Random, pieces: readonly string[], paceMs: number) {
  const chunks: { afterMs: number; bytes: Buffer }[] = []
  let held = ''
  for (const piece of pieces) {
    held += piece
    if (random.chance(0.3)) continue
    const cut = random.chance(0.3) ? random.int(0, held.length) : held.length
    if (cut > 0)
      chunks.push({
        afterMs: random.between(0, 2 * paceMs),
        bytes: Buffer.from(held.slice(0, cut)),
      })
    held = held.slice(cut)
  }
  if (held !== '') chunks.push({ afterMs: random.between(0, paceMs), bytes: Buffer.from(held) })
  return chunks
}
