import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '@sluice/kernel/errors'
import { startEmbeddedGateway } from '../lanes/embedded-gateway.ts'
import { answerHelp, refuse } from '../usage.ts'
import { compare, type Difference, type Place } from './compare.ts'

const usage = `npm run isolation -- [--operations 2000] [--seed N]
npm run isolation -- --url http://HOST:PORT --key PLATFORM_KEY [--operations 2000] [--seed N]

Two tenants do N random things each (calls, streams, cancels, resumes, stored responses, keys, errors), at the same time; two others do the
same, each alone. Everything that they see is compared, but ids and times: exit code 1 when something differs. Without --url on three
embedded gateways of its own, side by side; with it one after the other, and the key makes the tenants (POST /v1/tenants).
The same seed does the same things.`

answerHelp(usage)
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(randomBytes(4).readUInt32BE()) },
    url: { type: 'string' },
    key: { type: 'string' },
  },
})
const operations = Number(values.operations)
if (!Number.isInteger(operations) || operations < 1) refuse('--operations: a whole number', usage)
if ((values.url === undefined) !== (values.key === undefined))
  refuse('--url and --key go together', usage)

const nameOf = (letter: string) => `iso-${values.seed}-${letter}`
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stop.abort(new Error(`ended by ${signal}`))
  })
const say = (line: string) => process.stderr.write(`${line}\n`)

interface Gateway {
  readonly url: string
  readonly key: string
}

async function makePlace({ url, key: platformKey }: Gateway, letter: string): Promise<Place> {
  const response = await fetch(`${url}/v1/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platformKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: nameOf(letter) }),
  })
  if (!response.ok)
    throw new Error(`POST /v1/tenants: ${String(response.status)} ${await response.text()}`)
  const { key } = (await response.json()) as { key: string }
  return { api: url, name: nameOf(letter), key }
}

async function startGateway(stack: AsyncDisposableStack): Promise<Gateway> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-isolation-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'sluice.yaml'), '{}\n')
  const { env } = stack.use(await startEmbeddedGateway(dir, { PATH: process.env['PATH'] ?? '' }))
  stop.signal.throwIfAborted()
  return { url: env['SLUICE_API'] ?? '', key: env['SLUICE_KEY'] ?? '' }
}

async function run(): Promise<readonly Difference[]> {
  await using stack = new AsyncDisposableStack()
  const { url, key } = values
  const given = url !== undefined && key !== undefined ? { url, key } : null
  const shared = given ?? (await startGateway(stack))
  const places = await Promise.all([
    makePlace(shared, 'a'),
    makePlace(shared, 'b'),
    makePlace(given ?? (await startGateway(stack)), 'c'),
    makePlace(given ?? (await startGateway(stack)), 'd'),
  ])
  // Whoever ends us ends the gateways, too.
  const ended = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => {
      reject(stop.signal.reason as Error)
    })
  })
  return await Promise.race([compare({ seed: values.seed, operations, places, say }), ended])
}

/** Where they part, and what stands around it. */
function excerpt(text: string, other: string): string {
  let at = 0
  while (at < text.length && text[at] === other[at]) at += 1
  return JSON.stringify(text.slice(Math.max(0, at - 160), at + 160))
}

let found: readonly Difference[]
try {
  found = await run()
} catch (error) {
  say(messageOf(error))
  process.exit(1)
}
for (const { tenant, index, together, alone } of found.slice(0, 20))
  process.stdout.write(
    `${tenant} tenant, operation ${String(index)}:\n  together: ${excerpt(together, alone)}\n  alone:    ${excerpt(alone, together)}\n`,
  )
process.stdout.write(
  `${String(operations)} operations each, seed ${values.seed}: ${String(found.length)} visible differences\n`,
)
process.exit(found.length > 0 ? 1 : 0)
