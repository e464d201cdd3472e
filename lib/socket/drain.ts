// Owns: when a client may go, because its server is going: once it has all that it is owed.
// Elsewhere: who waits for it, and for how long (server/server.ts).
import type { Packet } from '../wire/packet.js'
import type { State } from './lifecycle.js'

/** What is drained: one socket, its way out and its application. */
export interface Draining {
  readonly socket: {
    readonly state: State
    readonly isConnected: boolean
    readonly reading: { readonly isStill: boolean; watch(look: () => void): void }
    close(reason: 'server shutting down', farewell?: Packet): void
  }
  readonly link: { readonly isReady: boolean; readonly isOver: boolean; watch(look: () => void): void }
  readonly owner: { finish(done: () => void): void }
}

// [17] The client handshakes anew, at once and wherever it is let in. "0::" would keep it away for good. Only
// a poll is told: to a stream, its end says the same, and without an error for the page to see.
export const comeBack: Packet = { type: 'error', endpoint: '', reason: 'client not handshaken', advice: 'reconnect' }

/**
 * Serves a client until all that it has sent is handled and all that it is owed has gone out, then closes its
 * socket.
 *
 * A client that polls is disconnected by the answer to its next poll. What it sends until then is handled: an
 * ack that a handler waits for must come through. `gone` is called when its last connection is over as well.
 */
export function drain({ socket, link, owner }: Draining, gone: () => void): void {
  const isQuiet = (): boolean => socket.isConnected && link.isReady && socket.reading.isStill
  const look = (): void => {
    if (socket.state === 'closed') {
      if (link.isOver) gone()
    } else if (isQuiet()) {
      owner.finish(() => {
        if (isQuiet()) socket.close('server shutting down', comeBack)
      })
    }
  }
  // Nothing was ever accepted from it.
  if (socket.state === 'handshaken') socket.close('server shutting down')
  socket.reading.watch(look)
  link.watch(look)
  look()
}
