import { fingerprint } from './demo-request.ts'

const defaultDimensions = 64

/** OpenAI's embeddings: one unit vector per input, a pure function of its text. Null when the body has no input. */
export function embeddingsReply(body: Readonly<Record<string, unknown>>): string | null {
  const {
    input,
    encoding_format: format,
    model,
    dimensions,
  } = body as Readonly<Record<string, unknown>>
  const inputs = typeof input === 'string' ? [input] : Array.isArray(input) ? textsOf(input) : null
  if (inputs === null || inputs.length === 0) return null
  const data = inputs.map((text, index) => {
    const values = vector(text, typeof dimensions === 'number' ? dimensions : undefined)
    const embedding =
      format === 'base64'
        ? Buffer.from(Float32Array.from(values).buffer).toString('base64')
        : values
    return { object: 'embedding', index, embedding }
  })
  const tokens = Math.ceil(inputs.join('').length / 4)
  return JSON.stringify({
    object: 'list',
    data,
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

/** One list of tokens is one input. */
function textsOf(input: readonly unknown[]): string[] {
  return typeof input[0] === 'number' && input.every((item) => typeof item === 'number')
    ? [input.join(',')]
    : input.map(String)
}

/** A unit vector that is a pure function of the text. */
export function vector(text: string, dimensions = defaultDimensions): number[] {
  let state = Number.parseInt(fingerprint([text]), 16) || 1
  const values = Array.from({ length: dimensions }, () => {
    // xorshift32: small, and the same everywhere.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  })
  const length = Math.hypot(...values)
  return values.map((value) => Math.fround(value / length))
}
