// Owns: what Node does when the client of a request has gone, for upgrades, from which Node has taken its
// hands.
// Elsewhere: answers on their way (answer-fate.ts), what waits for one (upgrade.ts, without-upgrade.ts).
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * A client has ended its side of a connection while it waits for an answer: nobody will read it, and the
 * connection ends, but on servers that are told otherwise.
 */
export function endWithClient(socket: Duplex & { readonly server?: { readonly httpAllowHalfOpen?: boolean } }): void {
  if (socket.server?.httpAllowHalfOpen !== true) socket.end()
}

/** The connection of a request is gone: the request emits `aborted` and `close`. */
export function loseRequest(request: IncomingMessage): void {
  request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
}

/** Nobody reads a request any more: as Node does then. */
export function dropRequest(request: IncomingMessage, socket: Duplex): void {
  if (socket.destroyed) loseRequest(request)
  else request.resume()
}

// How much is read of what a client sends before it is answered.
const mostEarlyBytes = 65_536

/**
 * What a client sends behind its request without waiting for the answer. It is read so that the end behind it
 * is seen: Node does not tell it before. Not for requests that are answered at once, for which it is dear
 * (bench: connect).
 */
export class EarlyBytes {
  readonly #socket: Duplex
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('readable', this.#read)
  }

  readonly #read = (): void => {
    while (this.#length <= mostEarlyBytes) {
      const chunk = this.#socket.read() as Buffer | null
      if (chunk === null) return
      this.#chunks.push(chunk)
      this.#length += chunk.length
    }
  }

  /** Stops reading, and returns what was read, for the next reader. */
  stop(): readonly Buffer[] {
    this.#socket.off('readable', this.#read)
    return this.#chunks
  }
}
