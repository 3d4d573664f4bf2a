import { Random } from '@sluice/simulation/core/random'
import { Normaliser } from './normalise.ts'
import { closingQuestions, drawOperation } from './operations.ts'
import { type Answer, type Ask, askByHttp, type Kind, type Tenant } from './tenant.ts'

export interface Place {
  readonly api: string
  /** Name of the tenant. */
  readonly name: string
  readonly key: string
}

export interface Comparison {
  readonly seed: string
  /** Of each tenant. */
  readonly operations: number
  /** Four tenants that have nothing yet: two that run together on one gateway, two that run alone: each on a gateway of its own, or on that one afterwards. */
  readonly places: readonly [Place, Place, Place, Place]
  /** Asked at the end. */
  readonly closing?: boolean
  readonly ask?: Ask
  readonly say?: (line: string) => void
}

export interface Difference {
  /** `first` or `second` tenant. */
  readonly tenant: string
  /** 0 = the first operation. */
  readonly index: number
  readonly together: string
  readonly alone: string
}

/**
 * Two tenants do the same random things twice: at the same time on the same gateway, and each by itself. Whatever one of them can see of the other
 * makes a difference between the two.
 */
export async function compare(comparison: Comparison): Promise<readonly Difference[]> {
  const { places, say = () => undefined } = comparison
  const [one, two, aloneOne, aloneTwo] = places.map(toTenant) as [Player, Player, Player, Player]
  one.other = two
  two.other = one
  const startedAt = performance.now()
  const run = async (what: string, ...lines: Promise<string[]>[]) => {
    const seen = await Promise.all(lines)
    say(`${what}: ${seconds(startedAt)}`)
    return seen
  }
  const runs = [
    () => run('together', play(one, 'first', comparison), play(two, 'second', comparison)),
    () => run('the first alone', play(aloneOne, 'first', comparison)),
    () => run('the second alone', play(aloneTwo, 'second', comparison)),
  ]
  const gateways = new Set(places.map(({ api }) => api)).size
  const seen =
    gateways === runs.length ? await Promise.all(runs.map((go) => go())) : await inTurn(runs)
  const [together, [first], [second]] = seen as [string[][], string[][], string[][]]
  return [
    ...differences('first', together[0] ?? [], first ?? []),
    ...differences('second', together[1] ?? [], second ?? []),
  ]
}

async function inTurn<Value>(runs: readonly (() => Promise<Value>)[]): Promise<Value[]> {
  const values: Value[] = []
  for (const go of runs) values.push(await go())
  return values
}

interface Player extends Tenant {
  readonly name: string
  /** Who runs beside it. */
  other: Player | null
}

function toTenant({ api, key, name }: Place): Player {
  const player: Player = {
    api,
    key,
    name,
    other: null,
    made: { generation: [], response: [], token: [] },
    foreign: (kind: Kind) => player.other?.made[kind].at(-1) ?? neverMade[kind],
  }
  return player
}

const never = '01900000-0000-7000-8000-00000000beef'
const neverMade: Readonly<Record<Kind, string>> = {
  generation: never,
  response: `resp_${never.replaceAll('-', '')}`,
  token: 'k_neverneverneverneve',
}

async function play(
  player: Player,
  part: string,
  { seed, operations, closing = true, ask = askByHttp }: Comparison,
): Promise<string[]> {
  const random = new Random(`${seed}/${part}`)
  const normaliser = new Normaliser(player.name)
  const seen: string[] = []
  for (let n = 0; n < operations; n += 1) {
    const { name, run } = drawOperation(random, n)
    seen.push(normaliser.line(name, await run(player, ask)))
  }
  if (!closing) return seen
  for (const path of closingQuestions) {
    const answer = await settled(() => everyPage(player, path, ask))
    seen.push(normaliser.line(path, { ...answer, text: asSeen(answer.text, normaliser) }))
  }
  return seen
}

/** Bills and audit entries are written after the answer: asks until two answers in a row are the same. */
async function settled<Value extends { readonly text: string }>(
  ask: () => Promise<Value>,
): Promise<Value> {
  let last = await ask()
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 400))
    const next = await ask()
    if (next.text === last.text) return next
    last = next
  }
  return last
}

interface List {
  readonly data?: { readonly id?: string }[]
  readonly has_more?: boolean
  readonly last_id?: string | null
}

/** What is on which page of a list in the order of its ids is a matter of chance. */
async function everyPage(player: Player, path: string, ask: Ask): Promise<Answer> {
  const first = await ask(player, path)
  const data = [...(listIn(first).data ?? [])]
  for (let page = listIn(first); page.has_more && page.last_id;) {
    page = listIn(await ask(player, `${path}&after=${page.last_id}`))
    data.push(...(page.data ?? []))
  }
  if (data.length === 0) return first
  return { ...first, text: JSON.stringify({ ...listIn(first), data, last_id: null }) }
}

function listIn({ text }: Pick<Answer, 'text'>): List {
  return JSON.parse(text) as List
}

/** Ids are drawn by chance, and so is the order of a list by them: here it is that in which its tenant came to know them. */
function asSeen(text: string, normaliser: Normaliser): string {
  const body = listIn({ text })
  if (!Array.isArray(body.data) || !body.data.every(({ id }) => typeof id === 'string')) return text
  const place = ({ id = '' }: { readonly id?: string }) => Number(normaliser.text(id).slice(1))
  const data = body.data.toSorted((a, b) => place(a) - place(b))
  return JSON.stringify({ ...body, data })
}

function differences(
  tenant: string,
  together: readonly string[],
  alone: readonly string[],
): Difference[] {
  return together.flatMap((line, index) => {
    const other = alone[index] ?? ''
    return line === other ? [] : [{ tenant, index, together: line, alone: other }]
  })
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`
}
