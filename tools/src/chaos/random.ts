/** From `low` to below `high`. */
export function between(low: number, high: number): number {
  return low + Math.random() * (high - low)
}

export function chance(probability: number): boolean {
  return Math.random() < probability
}

export function oneOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** By weight: `[['often', 9], ['seldom', 1]]`. */
export function weighted<Item>(choices: readonly (readonly [Item, number])[]): Item {
  let left = Math.random() * choices.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [item, weight] of choices) {
    left -= weight
    if (left < 0) return item
  }
  return oneOf(choices)[0]
}

export function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
