// Owns: a wire between client and server that its test breaks: at one byte of one frame, on one side or both, or that falls silent.
// Elsewhere: one that breaks by chance (../cutting-proxy.ts).
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { reset } from '../../support/reset.js'

/** How both ends learn of a break. */
export type Break = 'reset' | 'end'

interface Connection {
  readonly client: net.Socket
  readonly server: net.Socket
  isSilent: boolean
}

/** What a frame holds that is to be cut. */
export const marker = 'cut-here'

/** A client that polls does not notice a break between two polls. Here by chance: for servers in other processes. */
const pollIsHeld = (): Promise<void> => pause(50)

export class Line {
  readonly #connections = new Set<Connection>()
  readonly #server: net.Server
  readonly #atRest: () => Promise<void>
  #armed: { readonly offset: number; readonly how: Break } | undefined
  #isRefusing = false
  /** How often it has broken at a byte. */
  cuts = 0

  /** @param atRest resolves when its client would notice a break, and its server as well. */
  constructor(serverPort: number, atRest: () => Promise<void> = pollIsHeld) {
    this.#atRest = atRest
    this.#server = net.createServer({ noDelay: true }, (client) => {
      if (this.#isRefusing) {
        reset(client)
        return
      }
      const server = net.connect({ port: serverPort, host: '127.0.0.1', noDelay: true })
      this.#join({ client, server, isSilent: false })
    })
  }

  async listen(t: TestContext): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    t.after(() => {
      this.#server.close()
      for (const { client, server } of this.#connections) {
        client.destroy()
        server.destroy()
      }
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** The next marker that is on its way to the client breaks its connection so many bytes behind its first, or before it. */
  arm(offset: number, how: Break): void {
    this.#armed = { offset, how }
  }

  /** Breaks all connections, on both sides; and new ones as well, until they are accepted again. */
  async cutOff(): Promise<void> {
    await this.#atRest()
    this.#isRefusing = true
    this.#breakAll()
  }

  accept(): void {
    this.#isRefusing = false
  }

  /** Breaks all connections, on both sides. */
  async cut(): Promise<void> {
    await this.#atRest()
    this.#breakAll()
  }

  #breakAll(): void {
    for (const { client, server } of this.#connections) {
      reset(client)
      reset(server)
    }
  }

  /** Breaks all connections on the client's side alone: the server is not told. */
  async cutClients(): Promise<void> {
    await this.#atRest()
    for (const connection of this.#connections) {
      connection.isSilent = true
      reset(connection.client)
    }
  }

  /** Nothing passes on the connections of now any more, and neither side is told. */
  async fallSilent(): Promise<void> {
    await this.#atRest()
    for (const connection of this.#connections) connection.isSilent = true
  }

  #join(connection: Connection): void {
    const { client, server } = connection
    this.#connections.add(connection)
    client.on('data', (bytes) => {
      if (!connection.isSilent) server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (!connection.isSilent) this.#pass(connection, bytes)
    })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      // Of interest only as the end that follows.
      from.on('error', () => {})
      from.on('close', (hadError) => {
        if (connection.isSilent) return
        this.#connections.delete(connection)
        // What is still on its way arrives.
        if (hadError) reset(to)
        else to.end()
      })
    }
  }

  #pass({ client, server }: Connection, bytes: Buffer): void {
    const at = this.#armed === undefined ? -1 : bytes.indexOf(marker)
    if (this.#armed === undefined || at < 0) {
      client.write(bytes)
      return
    }
    const { offset, how } = this.#armed
    this.#armed = undefined
    this.cuts++
    server.pause()
    client.write(bytes.subarray(0, Math.max(0, at + offset)), () => {
      if (how === 'end') {
        client.end()
        server.end()
      } else {
        reset(client)
        reset(server)
      }
    })
  }
}
