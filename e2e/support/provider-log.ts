import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, gatewayUnderTest } from './gateway.ts'

export interface ServedCall {
  readonly request_id: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly tokens: number
  readonly outcome: 'completed' | 'error' | 'aborted'
}

/** Time for a call that should not be there to show up in the log, ms. */
const strayMs = 1_500

/** What the caller marked with the header `x-demo-tag` as the provider saw it: every call that is over. */
export async function servedCalls(tag: string): Promise<readonly ServedCall[]> {
  const { demoLog } = gatewayUnderTest()
  const text = await readFile(demoLog ?? '', 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line.includes(tag))
    .map((line) => JSON.parse(line) as ServedCall)
}

/** The one call the provider saw, after the time that another one would have taken to show. */
export async function onlyServedCall(tag: string): Promise<ServedCall> {
  const first = await eventually(`a call with ${tag}`, async () => (await servedCalls(tag))[0])
  await sleep(strayMs)
  const calls = await servedCalls(tag)
  if (calls.length > 1) throw new Error(`the provider saw ${String(calls.length)} calls of ${tag}`)
  return first
}
