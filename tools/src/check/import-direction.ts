import type { Check, Finding } from './check.ts'
import { importsOf, ourPackage } from './imports.ts'
import { isTestFile, isTypeScript, packageOf, type SourceFile } from './source-files.ts'

/** What every library may lean on. */
const base = ['contracts', 'kernel']

/** The interfaces that services know; each with the memory adapter beside it. */
const ports = ['generations', 'work-queue', 'event-log', 'store', 'wire']

/** No process, no connection of their own: services take them directly. */
const libraries = [
  'upstream',
  'catalogue',
  'identity',
  'provider-access',
  'outbound-guard',
  'secret-box',
  'management',
  'count-tokens',
  'mail',
  'lake',
  'outbox',
]

interface Layer {
  readonly name: string
  /** Which packages are in it, as folders. */
  readonly folders: RegExp
  /** Our packages that their files may import, beside themselves; null = any. */
  readonly mayImport: readonly (string | RegExp)[] | null
  /** Beside what all tests may. */
  readonly testsMayImport?: readonly string[]
}

/** The first that matches. An arrow that is not here does not exist: contracts ← kernel ← ports ← adapters and services ← apps. */
const layers: readonly Layer[] = [
  { name: 'contracts', folders: /^packages\/contracts$/, mayImport: [] },
  { name: 'kernel', folders: /^packages\/kernel$/, mayImport: ['contracts'] },
  { name: 'store', folders: /^packages\/store$/, mayImport: [...base, 'event-log'] },
  {
    name: 'a port',
    folders: new RegExp(`^packages/(${ports.join('|')})$`),
    mayImport: base,
  },
  {
    name: 'a suite of a port',
    folders: /^packages\/[^/]+-testing$/,
    mayImport: [...base, ...ports, 'testkit'],
  },
  {
    name: 'an adapter of the store',
    folders: /^packages\/store-[^/]+$/,
    mayImport: [...base, 'store', 'event-log'],
  },
  {
    name: 'a wire format',
    folders: /^packages\/wire-[^/]+$/,
    // Some dialects are made of others: Bedrock carries Anthropic's body.
    mayImport: [...base, 'wire', /^wire-/],
  },
  {
    name: 'an adapter',
    folders: new RegExp(`^packages/(${ports.join('|')})-[^/]+$`),
    mayImport: base, // and its own port, see below
  },
  { name: 'upstream', folders: /^packages\/upstream$/, mayImport: [...base, 'wire'] },
  { name: 'catalogue', folders: /^packages\/catalogue$/, mayImport: base },
  {
    name: 'provider access',
    folders: /^packages\/provider-access$/,
    mayImport: [...base, 'wire', 'catalogue', 'upstream'],
  },
  {
    name: 'a guard, a box or a counter',
    folders: /^packages\/(outbound-guard|secret-box|count-tokens)$/,
    mayImport: base,
  },
  { name: 'identity', folders: /^packages\/identity$/, mayImport: [...base, 'work-queue'] },
  {
    name: 'management',
    folders: /^packages\/management$/,
    mayImport: [...base, 'wire', 'work-queue', 'secret-box'],
  },
  {
    name: 'the lake by Flink',
    folders: /^packages\/lake-flink$/,
    mayImport: [...base, 'lake'],
    // One run of Flink is also what the service that reads its tables is tried on.
    testsMayImport: ['adapters', 'event-log-kafka', 'lake-service', 'work-queue'],
  },
  {
    name: 'the outbox',
    folders: /^packages\/outbox$/,
    mayImport: [...base, 'store', 'event-log'],
    testsMayImport: ['event-log-kafka', 'store-postgres'],
  },
  { name: 'mail', folders: /^packages\/mail$/, mayImport: [...base, 'work-queue'] },
  { name: 'the table format', folders: /^packages\/iceberg$/, mayImport: base },
  { name: 'the lake', folders: /^packages\/lake$/, mayImport: [...base, 'event-log', 'iceberg'] },
  // Its types are made from the contracts; at run time it knows nothing of ours.
  { name: 'the SDK', folders: /^packages\/sdk$/, mayImport: ['contracts'] },
  { name: 'testkit', folders: /^packages\/testkit$/, mayImport: [...base, ...ports] },
  {
    name: 'the demo provider',
    folders: /^packages\/demo-provider$/,
    mayImport: base,
  },
  { name: 'the assembly of adapters', folders: /^packages\/adapters$/, mayImport: null },
  {
    name: 'a service',
    folders: /^services\/[^/]+$/,
    mayImport: [...base, ...ports, ...libraries, /^wire-/],
  },
  {
    name: 'the outside',
    folders: /^(apps\/[^/]+|packages\/simulation|tools|e2e)$/,
    mayImport: null,
  },
]

/** Beside what their package may import. */
const testsMayImport = [/-testing$/, 'testkit', 'demo-provider', 'provider-access', 'count-tokens']

export const importDirection: Check = {
  name: 'import direction',
  run: (files) => files.filter(isTypeScript).flatMap(wrongImports),
}

function wrongImports(file: SourceFile): Finding[] {
  const folder = packageOf(file.path)
  if (folder === null || mayImportAnything(file.path)) return []
  const layer = layers.find(({ folders }) => folders.test(folder))
  if (!layer)
    return [
      { file: file.path, line: 1, message: `${folder} has no layer in ${import.meta.filename}` },
    ]
  const { mayImport } = layer
  if (mayImport === null) return []
  const allowed = [
    ...mayImport,
    ...portOf(folder),
    ...(isTestFile(file.path) ? [...testsMayImport, ...(layer.testsMayImport ?? [])] : []),
    folder.slice(folder.indexOf('/') + 1),
  ]
  return importsOf(file).flatMap(({ specifier, line }) => {
    const target = ourPackage(specifier)
    if (target === null || allowed.some((name) => matches(name, target)))
      return leaving(file, specifier, line)
    const message = `${layer.name} (${folder}) must not import @sluice/${target}`
    return [{ file: file.path, line, message }]
  })
}

/** A service's `main.ts` makes the adapters that the service is given. */
function mayImportAnything(path: string): boolean {
  return /^services\/[^/]+\/src\/main\.ts$/.test(path)
}

/** `packages/work-queue-redis` → `work-queue`. */
function portOf(folder: string): string[] {
  const name = folder.replace('packages/', '')
  return ports.filter((port) => name.startsWith(`${port}-`))
}

function matches(pattern: string | RegExp, name: string): boolean {
  return typeof pattern === 'string' ? pattern === name : pattern.test(name)
}

/** A relative path out of the package would go round its `exports`. */
function leaving(file: SourceFile, specifier: string, line: number): Finding[] {
  if (!specifier.startsWith('.')) return []
  const target = new URL(specifier, `file:///${file.path}`).pathname.slice(1)
  if (packageOf(target) === packageOf(file.path)) return []
  const message = `${specifier} leaves the package: import what it exports, by its name`
  return [{ file: file.path, line, message }]
}
