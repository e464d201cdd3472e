// Owns: stickyWorker(): a worker's server gets its connections from the primary.
// Elsewhere: who gets which (primary.ts), requests of other workers' clients (passing-on.ts).
import cluster from 'node:cluster'
import { channel } from 'node:diagnostics_channel'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { UsageError, quote } from '../support/errors.js'
import { readMessage } from './messages.js'
import { PassingOn } from './passing-on.js'

const connections = channel('net.server.socket')

export interface StickyWorker {
  /**
   * From now on this worker gets connections of its own clients only: call it in front of `io.close({ drain
   * })`.
   */
  leave(): void
}

/** The name of this worker, for the option `processName`. */
export function workerName(): string {
  if (cluster.worker === undefined)
    throw new UsageError('SIO_USAGE_SERVER', 'expected to be in a worker of node:cluster')
  return String(cluster.worker.id)
}

/**
 * Takes connections from `stickyPrimary()`, in place of `server.listen(port)`.
 * @param options the option `resource` of the middleware.
 * @throws UsageError SIO_USAGE_SERVER outside of a worker, or for anything but an HTTP server.
 */
export function stickyWorker(server: HttpServer, { resource = 'socket.io' }: { resource?: string } = {}): StickyWorker {
  const name = workerName()
  if (typeof server?.listen !== 'function') {
    throw new UsageError('SIO_USAGE_SERVER', `expected an HTTP server of a worker, got ${quote(server)}`)
  }
  const passingOn = new PassingOn(server, resource, name)
  process.on('message', (received: unknown, socket: unknown) => {
    const message = readMessage(received)
    if (message?.type === 'socketio-middleware:workers') passingOn.workers = message
    else if (message?.type === 'socketio-middleware:connection') {
      tell({ type: 'socketio-middleware:taken' })
      // Undefined, where it was closed on its way.
      if (socket !== undefined) take(server, socket as Socket, message.head, passingOn)
    }
  })
  // Its own port is for other workers, and what makes Node watch over the times of its connections.
  server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
    const { port } = server.address() as AddressInfo
    tell({ type: 'socketio-middleware:ready', port })
  })
  return {
    leave: () => {
      tell({ type: 'socketio-middleware:leaving' })
    },
  }
}

function take(server: Server, socket: Socket, head: string, passingOn: PassingOn): void {
  socket.allowHalfOpen = true
  socket.unshift(Buffer.from(head, 'base64'))
  // As Node does for connections that it accepts: by this our middleware is in time for an upgrade.
  Object.assign(socket, { server })
  passingOn.watch(socket)
  connections.publish({ socket })
  passingOn.lead()
  server.emit('connection', socket)
}

function tell(message: object): void {
  process.send?.(message, undefined, undefined, () => {})
}
