// Owns: one server under load: its clients, and what it has used.
// Elsewhere: what the clients do (echo.ts, broadcast.ts, connect.ts).
import type { Account } from '../servers/host.js'
import type { Client } from './client.js'
import { HttpConnection } from './http-connection.js'
import { PollingClient } from './polling-client.js'
import { WebSocketClient } from './websocket-client.js'
import { wires, type Wire, type WireName } from './wires.js'

export interface TargetAddress {
  readonly port: number
  readonly wire: WireName
  readonly way: 'websocket' | 'polling'
}

const openAtATime = 20
const answerPatienceMs = 10_000

export class Target {
  readonly wire: Wire
  readonly clients: Client[] = []
  readonly #address: TargetAddress
  readonly #control: HttpConnection
  #fail: (error: Error) => void = () => {}
  /** Rejects as soon as a connection fails; a load with failures measures nothing. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  constructor(address: TargetAddress) {
    this.#address = address
    this.wire = wires[address.wire]
    this.#control = new HttpConnection(address.port, this.#fail)
    this.failed.catch(() => {})
  }

  /** What the server has used so far. */
  account(collects = false): Promise<Account> {
    return new Promise((resolve) => {
      this.#control.get(collects ? '/account?collect' : '/account', (body) => {
        resolve(JSON.parse(body) as Account)
      })
    })
  }

  /** Opens clients, a few at a time, and adds them to those that there are. */
  async open(count: number): Promise<void> {
    const { port, wire: name, way } = this.#address
    const Kind = way === 'websocket' ? WebSocketClient : PollingClient
    const made = Array.from({ length: count }, () => new Kind(port, wires[name], this.#fail))
    await each(made, (client, entered) => {
      client.open(entered)
    })
    this.clients.push(...made)
  }

  async join(clients: readonly Client[], room: string): Promise<void> {
    await each(clients, (client, joined) => {
      client.join(room, joined)
    })
  }

  /** Ends clients all at once; the server is given the time to notice. */
  async drop(): Promise<void> {
    for (const client of this.clients.splice(0)) client.destroy()
    await sleep(200)
  }

  close(): void {
    for (const client of this.clients.splice(0)) client.destroy()
    this.#control.destroy()
  }

  /** Sends a packet, and holds what `receiver` hears against what the wire promises. */
  async verify(sender: Client, packet: string, receiver: Client, expected: string): Promise<void> {
    const answer = await new Promise<string>((resolve) => {
      const patience = setTimeout(resolve, answerPatienceMs, 'nothing')
      receiver.onPacket = (heard) => {
        clearTimeout(patience)
        resolve(heard)
      }
      sender.send(packet)
    })
    receiver.onPacket = undefined
    if (answer !== expected) throw new Error(`expected ${expected}, got ${answer}`)
    // Whoever else hears it has heard it then.
    await sleep(50)
  }
}

/** Starts a step for each client, a few at a time, and resolves when all are done. */
function each(clients: readonly Client[], step: (client: Client, done: () => void) => void): Promise<void> {
  if (clients.length === 0) return Promise.resolve()
  return new Promise((resolve) => {
    let started = 0
    let left = clients.length
    const next = (): void => {
      const client = clients[started++]
      if (client !== undefined) step(client, done)
    }
    const done = (): void => {
      if (--left === 0) resolve()
      else next()
    }
    for (let count = 0; count < openAtATime; count++) next()
  })
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
