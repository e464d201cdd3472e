// Owns: the Socket.IO 4 client behind one interface: its events become states.
// Elsewhere: which client is wanted, and questions with their answers (connection.js).
/* global io */

export const script = '/socket.io-4.js'
export const transports = ['websocket', 'polling']

/** Connects to the endpoint /chat; `changed` is called with new states, `lost` with those after which no ack comes. */
export function open(transport, changed, lost) {
  const chat = io('/chat', {
    reconnectionDelayMax: 4000,
    ...(transport !== 'auto' && { transports: [transport] }),
  })
  const manager = chat.io
  let attempt = 0

  const online = () => changed({ name: 'online', transport: manager.engine.transport.name })
  const drop = (next) => {
    // The client would send its queue after a reconnect, before the login. The page shows these messages as not delivered.
    chat.sendBuffer = []
    lost(next)
  }

  chat.on('connect', () => {
    attempt = 0
    online()
    manager.engine.on('upgrade', online)
  })
  chat.on('disconnect', () => {
    // Not active: the server has disconnected this client, which does not reconnect by itself.
    drop({ name: chat.active ? 'reconnecting' : 'offline', attempt: 0 })
  })
  manager.on('reconnect_attempt', (count) => {
    attempt = count
    changed({ name: 'reconnecting', attempt })
  })
  chat.on('connect_error', () => {
    if (!chat.active) drop({ name: 'offline' })
    else if (attempt === 0) changed({ name: 'connecting' })
  })

  return {
    on: (event, listener) => chat.on(event, listener),
    emit: (event, ...args) => chat.emit(event, ...args),
    isConnected: () => chat.connected,
    leave: () => chat.disconnect(),
  }
}
