import { Connection } from './load/connection.ts'
import { PlainCheck } from './load/answer-check.ts'
import { Prompt } from './load/prompt.ts'
import type { Endpoint } from './load/protocol.ts'
import { nonceDigits } from './marker.ts'

const probeTimeoutMs = 3_000

/** One request on a connection of its own: null when its answer is right, otherwise what was wrong. */
export function probe(endpoint: Endpoint): Promise<string | null> {
  const connection = new Connection(endpoint)
  const prompt = new Prompt({ endpoint, tokens: 0, intervalMs: 0, bytes: 0 })
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      connection.destroy('no answer')
    }, probeTimeoutMs)
    connection.send(prompt.bytes, {
      check: new PlainCheck('0'.repeat(nonceDigits)),
      onDone: (problem) => {
        clearTimeout(timer)
        resolve(problem)
        connection.destroy('')
      },
    })
  })
}

export async function answers(endpoint: Endpoint): Promise<boolean> {
  return (await probe(endpoint)) === null
}
