// Owns: resetting a connection from a test's side.
import type { Socket } from 'node:net'

/**
 * Resets a connection that is open. One that is being shut down is destroyed instead: libuv refuses to reset it, Node never closes
 * its handle then, and the process spins when it is to end.
 */
export function reset(socket: Socket | null | undefined): void {
  if (socket === null || socket === undefined || socket.destroyed) return
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
