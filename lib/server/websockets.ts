// Owns: the server of websockets of both doors, as far as they agree.
// Elsewhere: what each of them asks of it (door.ts, engine-door.ts).
import { WebSocketServer, type ServerOptions } from 'ws'

/**
 * How long a client may take to answer a close, what is on its way to it included. ws waits 30 seconds, which is all that
 * a process that is told to stop is usually given.
 */
const closeTimeout = 10_000

export class Websockets extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ closeTimeout, ...options } as ServerOptions)
  }
}
