import { parentPort } from 'node:worker_threads'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import type { CountReply, CountRequest } from './token-counter.ts'

/*
 * Entry of the thread that counts. Only files without imports of ours may be imported here.
 */

/** Cutting a run without a boundary takes the square of its length: longer ones are given boundaries, for a token each. */
const longWord = /\S{128}(?=\S)/g
const longSpace = /\s{128}(?=\s)/g

/** A text that spells out a special token is text. */
const options = { disallowedSpecial: new Set<string>() }

parentPort?.on('message', ({ id, texts }: CountRequest) => {
  let tokens = 0
  for (const text of texts) {
    const bounded = text.replace(longWord, '$& ').replace(longSpace, '$&.')
    tokens += countTokens(bounded, options)
  }
  const reply: CountReply = { id, tokens }
  parentPort?.postMessage(reply)
})
