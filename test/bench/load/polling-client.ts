// Owns: a client that polls, raw: one connection for its polls, another for what it posts.
import { Client } from './client.js'
import { HttpConnection } from './http-connection.js'
import { splitBody } from './body.js'

export class PollingClient extends Client {
  readonly #polls = this.#connection()
  readonly #posts = this.#connection()
  readonly #waiting: string[] = []
  #path = ''

  send(packet: string): void {
    if (this.#posts.isBusy) {
      this.#waiting.push(packet)
      return
    }
    this.#posts.post(this.#path, packet, () => {
      const next = this.#waiting.shift()
      if (next !== undefined && !this.isGone) this.send(next)
    })
  }

  sendAll(packets: readonly string[]): void {
    for (const packet of packets) this.send(packet)
  }

  protected connect(): void {
    this.#polls.get(this.wire.pollingPath(), (body) => {
      this.#path = this.wire.pollingPath(this.wire.readSid(body))
      this.#poll()
      // Engine.IO has said with this very answer that it is open; 0.9 says so on the first poll.
      if (!this.wire.hasHandshake) this.send(this.wire.enter)
    })
  }

  protected cut(): void {
    this.#polls.destroy()
    this.#posts.destroy()
  }

  #connection(): HttpConnection {
    return new HttpConnection(this.port, (error) => {
      this.fail(error)
    })
  }

  #poll(): void {
    if (this.isGone) return
    this.#polls.get(this.#path, (body) => {
      for (const packet of splitBody(body)) this.hear(packet)
      this.#poll()
    })
  }
}
