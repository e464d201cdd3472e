// Owns: a wire between client and server that falls silent: nothing passes any more, and neither side is told.
// Elsewhere: one that breaks (cutting-proxy.ts).
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export class SilencingProxy {
  readonly #sockets = new Set<net.Socket>()
  readonly #server: net.Server

  constructor(serverPort: number) {
    // Half-open: an end that one side makes is not made on the other by Node itself.
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => {
      const server = net.connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true })
      this.#pass(client, server)
      this.#pass(server, client)
    })
  }

  /** The connections of a test end with it. */
  async listen(t: TestContext): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    t.after(() => {
      this.#server.close()
      for (const socket of this.#sockets) socket.destroy()
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** As when a cable is pulled: all connections stay, and nothing comes of what either side sends or ends. */
  fallSilent(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('data').removeAllListeners('end').pause()
  }

  #pass(from: net.Socket, to: net.Socket): void {
    this.#sockets.add(from)
    from.on('error', () => {})
    from.on('data', (bytes) => to.write(bytes))
    from.on('end', () => to.end())
  }
}
