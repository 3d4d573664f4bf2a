/** One from each in turn, until all are at their end: several answers come side by side. */
export function interleave<T>(sources: readonly Iterable<T>[]): Iterable<T> {
  const [only, ...others] = sources
  return only && others.length === 0 ? only : inTurn(sources)
}

function* inTurn<T>(sources: readonly Iterable<T>[]): Generator<T> {
  let open = sources.map((source) => source[Symbol.iterator]())
  while (open.length > 0) {
    const left: typeof open = []
    for (const iterator of open) {
      const next = iterator.next()
      if (next.done === true) continue
      left.push(iterator)
      yield next.value
    }
    open = left
  }
}
