// The one entry behind every root script: makes sure the toolchain (Node, pnpm) and the dependencies
// are there, then runs the command on that Node. Plain JavaScript in a syntax that Node 16 can parse,
// because the host's own Node reads it before anything else is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const toolchain = join(root, '.toolchain')
/** `crypto.argon2` came with it. */
const neededNode = [24, 7]
const nodeVersion = '24.21.0'
const pnpmVersion = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
).packageManager.split('@')[1]
const hostNode = process.versions.node.split('.').map(Number)
const hostNodeIsEnough =
  hostNode[0] > neededNode[0] || (hostNode[0] === neededNode[0] && hostNode[1] >= neededNode[1])

/** What each command runs. */
const commands = {
  start: ['apps/gateway/src/main.ts'],
  service: ['tools/src/service.ts'],
  'demo-provider': ['packages/demo-provider/src/main.ts'],
  cli: ['apps/cli/src/main.ts'],
  servers: ['tools/src/servers/main.ts'],
  cluster: ['tools/src/cluster/main.ts'],
  chaos: ['tools/src/chaos/main.ts'],
  bench: ['tools/src/bench/main.ts'],
  'relay-bench': ['tools/src/relay-bench/main.ts'],
  sim: ['packages/simulation/src/main.ts'],
  isolation: ['tools/src/isolation/main.ts'],
  lab: ['tools/src/lab/main.ts'],
  test: ['tools/src/test.ts'],
  check: ['tools/src/check/main.ts'],
  format: ['tools/src/format.ts'],
  build: ['tools/src/build.ts'],
  'env-docs': ['tools/src/env-docs/main.ts'],
  'events-docs': ['tools/src/events-docs/main.ts'],
  sdk: ['packages/sdk/src/main.ts'],
  'lake-sql': ['packages/lake-flink/src/main.ts'],
  'lake-soak': ['tools/src/lake-soak/main.ts'],
}

function fail(message) {
  process.stderr.write(message + '\n')
  process.exit(1)
}

/** As npm and pnpm name what came between them and the registry: no connection, no trust, an HTTP status. */
const ofTheRegistry =
  /FETCH|ENOTFOUND|EAI_AGAIN|ECONN|ENETUNREACH|EHOSTUNREACH|TIMEOUT|TIMEDOUT|CERT|\bE[45]\d\d\b/

function run(program, args, what) {
  const result = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (result.status === 0) return
  const detail = result.error ? result.error.message : result.stderr || 'exit code ' + result.status
  const hint = ofTheRegistry.test(detail)
    ? '\nCheck that the npm registry can be reached, then run the command again.'
    : ''
  fail('Could not ' + what + '.\n' + detail.trim() + hint)
}

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(existsSync(file) ? readFileSync(file) : '')
  return hash.digest('hex')
}

function contentOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** One installation at a time: commands started together on a fresh clone would write over each other. */
function alone(work) {
  const lock = join(root, '.install-lock')
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const owner = Number(contentOf(lock))
      if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Runs `install` unless `isDone`: the stamp is written only after it succeeded. */
function once(stamp, isDone, wanted, install) {
  if (isDone(contentOf(stamp))) return
  alone(() => {
    if (isDone(contentOf(stamp))) return // another command did it while we waited
    install()
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, wanted)
  })
}

/** pnpm, and Node from the registry's `node-<os>-<cpu>` package where the host's own is too old. */
function installToolchain() {
  const packages = ['pnpm@' + pnpmVersion]
  if (!hostNodeIsEnough)
    packages.push(
      'node-' + process.platform.replace('win32', 'win') + '-' + process.arch + '@' + nodeVersion,
    )
  const stamp = join(toolchain, '.stamp')
  const isDone = (done) => packages.every((name) => done.split(' ').includes(name))
  once(stamp, isDone, packages.join(' '), () => {
    process.stderr.write('Getting ' + packages.join(' and ') + ' from the npm registry …\n')
    mkdirSync(toolchain, { recursive: true })
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const quiet = [
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--loglevel=error',
    ]
    run(
      npm,
      ['install', '--prefix', toolchain].concat(quiet, packages),
      'install ' + packages.join(' and '),
    )
  })
}

function nodeProgram() {
  if (hostNodeIsEnough) return process.execPath
  const program = join(toolchain, 'node_modules', '.bin', 'node')
  if (existsSync(program)) return program
  fail(
    'Sluice needs Node ' +
      neededNode.join('.') +
      ' or newer; this is ' +
      process.version +
      ' and no Node ' +
      neededNode.join('.') +
      ' package exists for ' +
      process.platform +
      ' ' +
      process.arch +
      '.\nInstall Node ' +
      neededNode.join('.') +
      ', or run: npx -p node@24 npm start',
  )
  return ''
}

function installDependencies() {
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((file) =>
    join(root, file),
  )
  const wanted = hashOf(inputs)
  const isDone = (done) => done === wanted
  once(join(root, 'node_modules', '.sluice-stamp'), isDone, wanted, () => {
    process.stderr.write('Installing dependencies …\n')
    // The package's own launcher: its `bin` file is completed by an install script, which never runs here.
    const pnpm = join(toolchain, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs')
    run(
      nodeProgram(),
      [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'],
      'install the dependencies',
    )
  })
}

const [name, ...rest] = process.argv.slice(2)
const command = commands[name]
if (!command) fail('Unknown command ' + name + '. One of: ' + Object.keys(commands).join(', '))

installToolchain()
const node = nodeProgram()
installDependencies()

const environment = Object.assign({}, process.env, {
  SLUICE_LAUNCHER: String(process.pid),
  NODE_COMPILE_CACHE:
    process.env.NODE_COMPILE_CACHE || join(root, 'node_modules', '.cache', 'compile'),
  PATH: dirname(node) + (process.platform === 'win32' ? ';' : ':') + process.env.PATH,
})
const flags = [
  '--conditions=@sluice/source',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning', // kafkajs, harmless
  '--max-http-header-size=32768',
  '--disable-proto=delete',
]
const child = spawn(
  node,
  flags.concat(
    command.map((file) => join(root, file)),
    rest,
  ),
  {
    stdio: 'inherit',
    env: environment,
  },
)
// The child owns the shutdown: signals are handed on, and its exit code is ours. Nobody can know whether the whole process group got the signal
// too (on a terminal Ctrl-C always does); the child takes two in a row for one, unless it is so far that Node has let go of its handlers.
const handedOn = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    handedOn.push(signal)
    child.kill(signal)
  })
}
const drains = ['start', 'service', 'demo-provider', 'cluster'].includes(name)
child.on('exit', (code, signal) => {
  if (code !== null) process.exit(code)
  process.exit(drains && handedOn.includes(signal) ? 0 : 128 + constants.signals[signal])
})
