import type { Random } from '../core/random.ts'
import type { Settings } from '../core/settings.ts'
import type { BackEnd, Wire } from '../core/wire.ts'
import type { Node } from './cluster.ts'

/** Plans the faults of a run that come from outside: deaths, freezes, restarts, clocks, back ends that go away. */
export function planTroubles(
  random: Random,
  { activeMs, faults, timing }: Settings,
  nodes: readonly Node[],
  wire: Wire,
): void {
  const { scheduler } = wire
  const plan = (count: number, trouble: () => void) => {
    for (let i = 0; i < count; i += 1) scheduler.after(random.between(0, activeMs), trouble)
  }
  const adapters = nodes.filter(({ kind }) => kind === 'provider-adapter')
  /** Whoever holds generations is hit more often. */
  const victim = () => random.pick(random.chance(0.4) ? adapters : nodes)
  const others = (node: Node) => nodes.filter((each) => each.kind === node.kind && each !== node)
  /** The last of its kind that works is spared by what lasts long: nobody would be left to give a verdict in time. */
  const canDoWithout = (node: Node) =>
    others(node).some(({ process, draining }) => !process.dead && !process.paused && !draining)

  plan(faults.crashes, () => {
    if (random.chance(0.1)) for (const node of nodes) node.kill('power cut', random.int(100, 1_000))
    else victim().kill('kill -9', random.int(0, 1_500))
  })
  plan(faults.pauses, () => {
    const node = victim()
    if (!canDoWithout(node)) return
    const { process } = node
    process.pause()
    const ms = random.pick([50, 700, timing.leaseMs * 1.5, timing.leaseMs * 4])
    scheduler.after(ms, () => {
      process.resume()
    })
  })
  plan(faults.restarts, () => {
    const node = random.pick(nodes)
    if (canDoWithout(node)) node.terminate()
  })
  plan(faults.clockJumps, () => {
    const { process } = random.pick(nodes)
    const jump = random.pick([-600_000, -1_500, 1_500, 600_000])
    wire.history.add(process.name, `clock jumps by ${String(jump)}`)
    process.wallOffsetMs += jump
  })
  plan(faults.outages, () => {
    const backEnd = random.pick<BackEnd>(['generations', 'queue', 'events', 'database'])
    wire.takeAway(backEnd, random.int(50, 2_500))
  })
}
