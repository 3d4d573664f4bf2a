import { between, chance } from '../random.ts'
import { randomPoisoning } from './network.ts'
import type { Stage } from './stage.ts'
import { strikeChooser } from './strikes.ts'

/** Round after round until the run is over. Most begin when the one before is over, so that its time to recover can be told. */
export async function faultsAtRandom(
  stage: Stage,
  pauseMs: readonly [number, number],
): Promise<void> {
  const choose = strikeChooser()
  for (;;) {
    await stage.newRound(chance(0.15), between(...pauseMs))
    if (stage.over) return
    if (stage.network && chance(0.5)) {
      const { links, toxic, forMs } = randomPoisoning(stage.network)
      await stage.poison(links, [toxic], forMs)
      continue
    }
    const { what, targets, forMs } = choose(stage.processes)
    if (what === 'kill') stage.kill(targets)
    else await stage.freeze(targets, forMs)
  }
}
