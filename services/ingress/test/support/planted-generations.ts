import type { Generations } from '@sluice/generations'

/** The memory adapter with some of its methods replaced. */
export function overlay(real: Generations, parts: Partial<Generations>): Generations {
  return new Proxy(real, {
    get(target, name) {
      const own = parts[name as keyof Generations]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

type Next = ReturnType<Generations['tail']>['next']

/** The memory adapter whose tails pull through `next`, which is told the number of the pull. */
export function withTail(next: (real: Next, pulls: number) => ReturnType<Next>) {
  return (real: Generations) =>
    overlay(real, {
      tail(id, options) {
        const tail = real.tail(id, options)
        let pulls = 0
        return {
          next: () => next(() => tail.next(), ++pulls),
          [Symbol.dispose]: () => {
            tail[Symbol.dispose]()
          },
        }
      },
    })
}
