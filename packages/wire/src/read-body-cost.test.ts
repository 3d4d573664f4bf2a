import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

/*
 * What a body may cost before it is refused: CPU time, in which nothing else is served, and memory. Both are those of a process that has nothing but one
 * such body in it.
 */
const maxMs = 1_500
const maxBytesPerByte = 16
const spareBytes = 48 * 1_024 * 1_024

/** Reads what its first argument makes, and says what came of it. */
const probe = `
  import { readFileSync } from 'node:fs'
  import { readBody } from '@sluice/wire/read-body'
  // Of Linux: the peak of this address space. \`maxRSS\` begins there with that of the process that started this one.
  const status = () => readFileSync('/proc/self/status', 'utf8')
  const peakKilobytes = () =>
    process.platform === 'linux' ? Number(/VmHWM:\\s+(\\d+)/.exec(status())[1]) : process.resourceUsage().maxRSS
  const body = Buffer.from(eval(process.argv[1]))
  const before = process.memoryUsage().rss
  const begun = process.cpuUsage()
  let problem = null
  try { readBody(body) } catch (error) { problem = error.message }
  const spent = process.cpuUsage(begun)
  const ms = (spent.user + spent.system) / 1_000
  const bytes = peakKilobytes() * 1_024 - before
  console.log(JSON.stringify({ problem, ms, bytes, size: body.length }))
`

test.each([
  [
    'a million members',
    '"{" + Array.from({ length: 1e6 }, (_, i) => `"k${i}":1`).join() + "}"',
    /200000 members/,
  ],
  [
    'a million members in a hundred objects',
    '`{"a":[${Array(100).fill("{" + Array.from({ length: 1e4 }, (_, i) => `"k${i}":1`).join() + "}").join()}]}`',
    /200000 members/,
  ],
  ['200,000 times the same member', '`{${Array(2e5).fill(\'"k":1\').join()}}`', /'k' stands twice/],
  [
    'two of 190,000 members alike',
    '`{${Array.from({ length: 1.9e5 }, (_, i) => `"k${i}":1`).join()},"k7":2}`',
    /'k7' stands twice/,
  ],
  [
    'a million messages',
    '`{"messages":[${Array(1e6).fill("{}").join()}]}`',
    /300000 objects and lists/,
  ],
  ['five million levels', '"[".repeat(5e6)', /64 levels/],
])('S-67, S-69: %s are refused before they cost much', async (_, body, problem) => {
  const flags = ['--conditions=@sluice/source', '--input-type=module', '--eval', probe, body]
  const cwd = fileURLToPath(new URL('../../../services/ingress', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, timeout: 30_000 })
  const cost = JSON.parse(stdout) as { problem: string; ms: number; bytes: number; size: number }
  expect(cost.problem).toMatch(problem)
  expect(cost.ms).toBeLessThan(maxMs)
  expect(cost.bytes).toBeLessThan(cost.size * maxBytesPerByte + spareBytes)
})
