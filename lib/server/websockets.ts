// Owns: the server of websockets of both doors, as far as they agree.
// Elsewhere: what each of them asks of it (v09/requests.ts, engine/requests.ts).
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws'
import { setImmediate } from '../support/environment.js'

/**
 * How long a client may take to answer a close, what is on its way to it included. ws waits 30 seconds, which
 * is all that a process usually has after a signal to stop.
 */
const closeTimeout = 10_000

/** How many bytes may wait for a client whose pings are still answered. */
const mostUnreadBytes = 1_000_000

export class Websockets extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ closeTimeout, WebSocket: PatientWebSocket, ...options } as ServerOptions)
  }

  override handleUpgrade(
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
    done: (websocket: WebSocket, request: IncomingMessage) => void,
  ): void {
    // The first packet leaves with the answer to the upgrade, in one write (bench: connect).
    connection.cork()
    super.handleUpgrade(request, connection, head, done)
    if (corked.push(connection) === 1) setImmediate(uncork)
  }
}

// Those of this turn.
const corked: Duplex[] = []

// By then engine.io has come to its first packet, and frames of ours have been put together.
function uncork(): void {
  for (const connection of corked.splice(0)) connection.uncork()
}

/**
 * ws 8.21, on which engine.io insists, would answer any number of pings of a client that reads none of the
 * answers.
 */
class PatientWebSocket extends WebSocket {
  // RFC 6455, 5.5.3: of several pings, only the last need be answered. One who reads nothing has no use for
  // any.
  override pong(...args: Parameters<WebSocket['pong']>): void {
    if (this.readyState === this.OPEN && this.bufferedAmount < mostUnreadBytes) super.pong(...args)
  }
}
