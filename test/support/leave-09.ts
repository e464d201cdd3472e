// Owns: the end of a real client of 0.9 in this process, for good: none of its timers stays behind, of which one would reconnect and
// others would keep the process for a minute.

export interface Leaving {
  readonly options: object
  readonly transport?: unknown
  reconnecting?: boolean
  reconnectionTimer?: unknown
  connectTimeoutTimer?: unknown
  heartbeatTimeoutTimer?: unknown
  disconnect(): void
}

/** @param socket the connection, which all its namespaces share. */
export function leave09(socket: Leaving): void {
  // A handshake that is on its way goes on, and would wait for its transport.
  Object.assign(socket.options, { reconnect: false, 'connect timeout': 0 })
  socket.reconnecting = false
  // A client that was refused at the handshake stumbles over the transport that it does not have.
  if (socket.transport !== undefined) socket.disconnect()
  const timers = [socket.reconnectionTimer, socket.connectTimeoutTimer, socket.heartbeatTimeoutTimer]
  for (const timer of timers) clearTimeout(timer as NodeJS.Timeout | undefined)
  ;(socket.transport as { clearTimeouts(): void } | undefined)?.clearTimeouts()
}
