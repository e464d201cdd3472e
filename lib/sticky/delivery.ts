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

/**
 * The handle of a connection. Known: `_handle`, and its `close()`. Node forgets what a worker has not taken
 * when it dies. Without it the client of that one waits until it gives up.
 */
interface Handle {
  close?(): void
}

export class Delivery {
  readonly #worker: Worker
  readonly #waiting: Arrived[] = []
  // Node sends one at a time as well: those behind it would be out of reach.
  #sent: { readonly handle: Handle | null } | undefined

  constructor(worker: Worker) {
    this.#worker = worker
  }

  hand(arrived: Arrived): void {
    this.#waiting.push(arrived)
    if (this.#sent === undefined) this.#next()
  }

  /** The worker has the one that was sent. */
  taken(): void {
    this.#sent = undefined
    this.#next()
  }

  /** The worker is gone, and with it what was sent to it. @returns what was not. */
  end(): readonly Arrived[] {
    this.#sent?.handle?.close?.()
    this.#sent = { handle: null }
    return this.#waiting.splice(0)
  }

  #next(): void {
    let arrived = this.#waiting.shift()
    while (arrived?.socket.destroyed === true) arrived = this.#waiting.shift()
    if (arrived === undefined) return
    const { socket, head } = arrived
    const sent = { handle: Reflect.get(socket, '_handle') as Handle | null }
    this.#sent = sent
    const message: ConnectionMessage = { type: 'socketio-middleware:connection', head: head.toString('base64') }
    // It may have died a moment ago: its client asks again.
    this.#worker.send(message, socket, (error) => {
      if (error === null) return
      socket.destroy()
      sent.handle?.close?.()
      if (this.#sent === sent) this.taken()
    })
  }
}
