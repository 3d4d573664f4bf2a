import { clients, type LabClient } from '../../../e2e/clients/lab/clients.ts'
import { agents } from './agents/agents.ts'
import { type Feature, featureNames, features } from '../../../e2e/clients/lab/features.ts'

/** Of each package that the lab pins. */
export type Versions = ReadonlyMap<string, string>

/** What became of one cell: of a client's feature in every mode that was run. */
export type Outcome = 'passed' | 'failed' | 'not run'

export type OutcomeOf = (client: LabClient, feature: Feature) => Outcome

const marks: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  failed: '**fails**',
  'not run': '?',
}

/** Client × feature × version, as it stands in the README. */
export function renderMatrix(versions: Versions, outcomeOf: OutcomeOf): string {
  const head = ['Client', 'Version', ...featureNames]
  const rows = clients.map((client) => [
    client.title,
    versionOf(client, versions),
    ...featureNames.map((feature) =>
      client.features.includes(feature)
        ? marks[outcomeOf(client, feature)] + noteOf(client, feature)
        : '',
    ),
  ])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index < 2 ? '---' : ':-:'))
  const legend = featureNames.map((name) => `${name}: ${features[name]}`)
  const table = [line(head), line(rule), ...rows.map(line)].join('\n')
  const notes = limits.map(
    ({ client, limit }, index) =>
      `<sup>${String(index + 1)}</sup> ${client.title}: ${limit.reason}.`,
  )
  const onDemand = agents.map(({ title, version }) => `${title} ${version}`).join(', ')
  const agentsLine = `\`npm run lab -- --agents\` asks one question each of: ${onDemand}.`
  return [table, notes.join(' '), `${legend.join('. ')}.`, agentsLine].join('\n\n')
}

const limits = clients.flatMap((client) =>
  (client.limits ?? []).map((limit) => ({ client, limit })),
)

function noteOf(client: LabClient, feature: Feature): string {
  const index = limits.findIndex((each) => each.client === client && each.limit.feature === feature)
  return index === -1 ? '' : ` <sup>${String(index + 1)}</sup>`
}

/** What the tests give when all is well: each client has what it is said to have. */
export const allPass: OutcomeOf = () => 'passed'

/** The title of a test, as clients.lab.test.ts makes it. */
export function testTitle(client: LabClient, feature: Feature, mode: string): string {
  return `${client.name} | ${feature} | ${mode}`
}

function versionOf({ language, package: name, on }: LabClient, versions: Versions): string {
  const pinned = (wanted: string) => {
    const version = versions.get(`${language} ${wanted}`)
    if (version === undefined) throw new Error(`${wanted} is not pinned by the lab`)
    return version
  }
  return on === undefined ? pinned(name) : `${pinned(name)}, ${on} ${pinned(on)}`
}

/** From the texts of the lab's pnpm-lock.yaml and requirements.txt. */
export function readVersions(lockfile: string, requirements: string): Versions {
  const importer = /^importers:\n(.*?)^packages:/ms.exec(lockfile)?.[1] ?? ''
  const locked = importer.matchAll(/^ {6}'?([^\s':]+)'?:\n {8}specifier: .*\n {8}version: (.+)$/gm)
  const pinned = requirements.matchAll(/^([a-z-]+)==(.+)$/gm)
  return new Map([
    ...[...locked].map(
      ([, name = '', version = '']) => [`node ${name}`, bareVersion(version)] as const,
    ),
    ...[...pinned].map(([, name = '', version = '']) => [`python ${name}`, version] as const),
  ])
}

/** `'@anthropic-ai/sdk@0.122.0(zod@4.6.7)'` → `0.122.0`. */
function bareVersion(text: string): string {
  const bare = text.replaceAll("'", '').replace(/\(.*$/, '')
  return bare.slice(bare.lastIndexOf('@') + 1)
}
