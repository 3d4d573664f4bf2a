import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../../repository.ts'

/** Members that a later version may add to a message: at its top, in items of its lists, and in these. */
const grownMembers = ['caller', 'error', 'payload', 'reason', 'usage', 'value']

const grownJson = `
const grown = new Set(${JSON.stringify(grownMembers)})
const nextJson = (message: unknown): string =>
  JSON.stringify(message, (name, member: unknown) => {
    const grows = name === '' || grown.has(name) || /^[0-9]+$/.test(name)
    if (!grows || member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return { ...member, from_the_next_version: 'not known before' }
  })
`

interface Edit {
  readonly file: string
  readonly edit: (text: string) => string
}

/** What a next version may do by the rule of docs/decisions/0016: messages, functions, pushes and tables that say more. */
const edits: readonly Edit[] = [
  ...[
    'packages/generations-redis/src/stored-json.ts',
    'packages/work-queue-redis/src/redis-work-queue.ts',
    'packages/work-queue-redis/src/redis-responder.ts',
    'packages/work-queue-redis/src/redis-caller.ts',
  ].map((file) => ({ file, edit: growMessages })),
  // Its stored messages are of another schema than ours.
  {
    file: 'packages/generations-redis/src/stored-json.ts',
    edit: replacing('.update(shape)', ".update('next').update(shape)"),
  },
  {
    file: 'packages/generations-redis/functions/admit.lua',
    edit: replacing("'state', 'accepted',", "'state', 'accepted', 'next', 'version',"),
  },
  {
    file: 'packages/generations-redis/functions/shared.lua',
    edit: replacing(
      '  function self.send()\n    local processes = {}',
      "  function self.send()\n    for process in pairs(frames) do self.add(process, 'next', 'id', '1', 'x') end\n    local processes = {}",
    ),
  },
  {
    file: 'packages/work-queue-redis/functions/work-queue.lua',
    edit: (text) => `${text}\n-- of the next version\n`,
  },
  {
    file: 'packages/store-postgres/src/migrations/usage-migrations.ts',
    edit: replacing(
      '        DROP TABLE usage.archive_batches;`,\n    },\n',
      `        DROP TABLE usage.archive_batches;\`,
    },
    {
      id: 1_000,
      name: 'next version',
      up: 'ALTER TABLE usage.customer_ledger ADD COLUMN next_version text; CREATE TABLE usage.next_version (id bigint)',
      down: 'ALTER TABLE usage.customer_ledger DROP COLUMN next_version; DROP TABLE usage.next_version',
    },
`,
    ),
  },
]

function replacing(what: string, by: string): (text: string) => string {
  return (text) => text.replace(what, () => by)
}

function growMessages(text: string): string {
  // The digest of a schema is no message.
  const lines = text
    .split('\n')
    .map((line) =>
      line.includes('toJSONSchema') ? line : line.replace('JSON.stringify(', 'nextJson('),
    )
  const lastImport = lines.findLastIndex((line) => /^(import |\} from )/.test(line))
  return lines.toSpliced(lastImport + 1, 0, grownJson).join('\n')
}

/** A copy of this work tree in `dir` that is one version ahead of it. Throws when an edit finds nothing to change. */
export function makeNextVersion(dir: string): string {
  mkdirSync(dir, { recursive: true })
  for (const folder of ['apps', 'packages', 'services'])
    cpSync(join(repository, folder), join(dir, folder), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('/dist'),
    })
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'tsconfig.base.json'])
    cpSync(join(repository, file), join(dir, file))
  symlinkSync(join(repository, 'node_modules'), join(dir, 'node_modules'))
  for (const { file, edit } of edits) {
    const path = join(dir, file)
    const before = readFileSync(path, 'utf8')
    const after = edit(before)
    if (after === before) throw new Error(`the next version does not differ in ${file}`)
    writeFileSync(path, after)
  }
  return dir
}

/** The commit that `ref` names, in `dir`, with its own packages installed. */
export function checkOut(ref: string, dir: string): string {
  mkdirSync(dir, { recursive: true })
  const archive = join(dir, '..', 'version.tar')
  run('git', ['archive', '--output', archive, ref], repository)
  run('tar', ['-xf', archive], dir)
  run('pnpm', ['install', '--prefer-offline', '--no-frozen-lockfile'], dir)
  return dir
}

/** A folder, `next`, or what git knows by that name. */
export function otherVersion(named: string, dir: string): string {
  if (named === 'next') return makeNextVersion(dir)
  if (named.includes('/') && readdirSync(named).includes('services')) return named
  return checkOut(named, dir)
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`)
}
