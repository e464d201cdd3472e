// Owns: a wire between clients and a server that breaks, or falls silent, when a test says so; new connections go through again.
// Elsewhere: one that breaks by chance (test/faults/cutting-proxy.ts).
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { reset } from './reset.js'

interface Pair {
  readonly client: net.Socket
  readonly server: net.Socket
  isSilent: boolean
}

export class BreakingLine {
  readonly url: string
  readonly #pairs: Set<Pair>
  readonly #gate: { isOpen: boolean }

  private constructor(url: string, pairs: Set<Pair>, gate: { isOpen: boolean }) {
    this.url = url
    this.#pairs = pairs
    this.#gate = gate
  }

  /** A line to a server on 127.0.0.1, gone with its test. */
  static async open(t: TestContext, serverPort: number): Promise<BreakingLine> {
    const pairs = new Set<Pair>()
    const gate = { isOpen: true }
    const proxy = net.createServer((client) => {
      if (!gate.isOpen) {
        client.on('error', () => {})
        client.resetAndDestroy()
        return
      }
      const pair = { client, server: net.connect(serverPort, '127.0.0.1'), isSilent: false }
      pairs.add(pair)
      join(pair, () => pairs.delete(pair))
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    t.after(() => {
      proxy.close()
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
    })
    return new BreakingLine(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, pairs, gate)
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Breaks every connection by resets to both sides. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      reset(client)
      reset(server)
    }
  }

  /** Breaks every connection, and lets none in before it is mended. */
  down(): void {
    this.#gate.isOpen = false
    this.cut()
  }

  mend(): void {
    this.#gate.isOpen = true
  }

  /** Resets the clients' sides. The server's connections stay, and nothing passes on them any more: it has noticed nothing. */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      pair.isSilent = true
      pair.server.removeAllListeners('data').resume()
      reset(pair.client)
    }
  }
}

function join(pair: Pair, over: () => void): void {
  const { client, server } = pair
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => {})
    from.on('data', (bytes) => {
      if (!pair.isSilent) to.write(bytes)
    })
    from.on('end', () => {
      if (!pair.isSilent) to.end()
    })
    from.on('close', () => {
      if (pair.isSilent) return
      over()
      if (from.errored === null) to.destroy()
      else reset(to)
    })
  }
}
