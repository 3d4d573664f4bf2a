import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** Connections handed to each address, in the order of the addresses. */
  readonly taken: readonly number[]
}

/** As plain as a balancer can be: each connection to the next address in turn, past one that refuses it. Knows nothing of HTTP. */
export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const addresses = urls.map((url) => new URL(url))
  const taken = addresses.map(() => 0)
  const open = new Set<Socket>()
  let turn = 0

  function attach(client: Socket, attemptsLeft: number): void {
    const index = turn++ % addresses.length
    const { hostname = '', port = '' } = addresses[index] ?? {}
    const server = connect({ host: hostname, port: Number(port) })
    const refused = () => {
      if (attemptsLeft > 0) attach(client, attemptsLeft - 1)
      else client.destroy()
    }
    server.once('error', refused)
    server.once('connect', () => {
      taken[index] = (taken[index] ?? 0) + 1
      server.off('error', refused)
      follow(server, client)
      follow(client, server)
    })
  }
  function follow(from: Socket, to: Socket): void {
    open.add(from)
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      open.delete(from)
      to.destroy()
    })
  }

  const balancer = createServer((client) => {
    attach(client, addresses.length - 1)
  })
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const { port } = balancer.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    taken,
    async [Symbol.asyncDispose]() {
      balancer.close()
      for (const socket of open) socket.destroy()
      await once(balancer, 'close')
    },
  }
}
