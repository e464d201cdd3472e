// Owns: one server under load: its clients, and what it has used.
// Elsewhere: what the clients do (echo.ts, broadcast.ts, connect.ts).
import type { Account } from '../servers/host.js'
import type { Client } from './client.js'
import { HttpConnection } from './http-connection.js'
import { PollingClient } from './polling-client.js'
import { WebSocketClient } from './websocket-client.js'
import { wires, type Wire, type WireName } from './wires.js'

export interface TargetAddress {
  /** Whose server it is. */
  readonly name: string
  /** Where its processes listen: clients come to one after the other. */
  readonly ports: readonly number[]
  readonly wire: WireName
  readonly way: 'websocket' | 'polling'
}

const openAtATime = 20
const answerPatienceMs = 10_000

export class Target {
  readonly wire: Wire
  readonly clients: Client[] = []
  /** How long each of what a scenario looks at took, in milliseconds. */
  readonly times: number[] = []
  readonly #address: TargetAddress
  readonly #controls: readonly HttpConnection[]
  #opened = 0
  #fail: (error: Error) => void = () => {}
  /** Rejects as soon as a connection fails; a load with failures measures nothing. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  constructor(address: TargetAddress) {
    this.#address = address
    this.wire = wires[address.wire]
    this.#controls = address.ports.map(
      (port) => new HttpConnection(port, this.#failOf('the connection by which it is asked for its account')),
    )
    this.failed.catch(() => {})
  }

  /** What its processes have used so far, together. */
  async account(collects = false): Promise<Account> {
    const accounts = await Promise.all(this.#controls.map((control) => accountOf(control, collects)))
    const sum = (what: keyof Account): number => accounts.reduce((all, account) => all + account[what], 0)
    return { cpu: sum('cpu'), memory: sum('memory') }
  }

  /** Opens clients, a few at a time, and adds them to those that there are. */
  async open(count: number): Promise<void> {
    const { ports, way } = this.#address
    const Kind = way === 'websocket' ? WebSocketClient : PollingClient
    const made = Array.from({ length: count }, () => {
      const number = this.#opened++
      const port = ports[number % ports.length] as number
      return new Kind(port, this.wire, this.#failOf(`its client ${number + 1}`))
    })
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
    for (const control of this.#controls) control.destroy()
  }

  // Which server it was, and which of its connections: a round that breaks off is looked into by that.
  #failOf(connection: string): (error: Error) => void {
    const begun = performance.now()
    return ({ message }) => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      this.#fail(new Error(`${this.#address.name}: ${message} (${connection}, after ${seconds} s)`))
    }
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

function accountOf(control: HttpConnection, collects: boolean): Promise<Account> {
  return new Promise((resolve) => {
    control.get(collects ? '/account?collect' : '/account', (body) => {
      resolve(JSON.parse(body) as Account)
    })
  })
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
