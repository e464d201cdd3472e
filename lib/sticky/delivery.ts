// Owns: the connections on their way to one worker, one after the other; what becomes of them when it dies.
// Elsewhere: which worker gets which (primary.ts), the worker's end (worker.ts).
import type { Worker } from 'node:cluster'
import type { Socket } from 'node:net'
import type { ConnectionMessage } from './messages.js'

/** A connection, and what has been read of it. */
export interface Arrived {
  readonly socket: Socket
  readonly head: Buffer
  /** The target of its first request; undefined where that is no HTTP. */
  readonly url: string | undefined
}

export class Delivery {
  readonly #worker: Worker
  readonly #waiting: Arrived[] = []
  // Node sends one at a time as well: those behind it would be out of reach. It is open here until the worker
  // has it: otherwise Node forgets it with a worker that dies, and its client waits until it gives up.
  #sent: Socket | undefined

  constructor(worker: Worker) {
    this.#worker = worker
  }

  hand(arrived: Arrived): void {
    this.#waiting.push(arrived)
    if (this.#sent === undefined) this.#next()
  }

  /** The worker has the one that was sent. */
  taken(): void {
    this.#sent?.destroy()
    this.#sent = undefined
    this.#next()
  }

  /** The worker is gone, and with it what was sent to it. @returns what was not. */
  end(): readonly Arrived[] {
    this.#sent?.destroy()
    return this.#waiting.splice(0)
  }

  #next(): void {
    let arrived = this.#waiting.shift()
    while (arrived?.socket.destroyed === true) arrived = this.#waiting.shift()
    if (arrived === undefined) return
    const { socket, head } = arrived
    this.#sent = socket
    const message: ConnectionMessage = { type: 'socketio-middleware:connection', head: head.toString('base64') }
    // It may have died a moment ago: its client asks again.
    this.#worker.send(message, socket, { keepOpen: true }, (error) => {
      if (error === null) return
      if (this.#sent === socket) this.taken()
      else socket.destroy()
    })
  }
}
