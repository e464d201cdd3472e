// Owns: the Socket.IO 4 client behind the connection's words: its events become states.
// Elsewhere: which client is wanted, and questions with their answers (connection.js).
/* global io */

export const script = '/socket.io-4.js'
export const transports = ['websocket', 'polling']

/** Connects to the endpoint /chat; `changed` hears of states, `lost` of those in which nothing is answered any more. */
export function open(transport, changed, lost) {
  const chat = io('/chat', {
    reconnectionDelayMax: 4000,
    ...(transport !== 'auto' && { transports: [transport] }),
  })
  const manager = chat.io
  let attempt = 0

  const online = () => changed({ name: 'online', transport: manager.engine.transport.name })
  const drop = (next) => {
    // What the client has not sent yet it would send when it is back, before the login. The user is told to send it again.
    chat.sendBuffer = []
    lost(next)
  }

  chat.on('connect', () => {
    attempt = 0
    online()
    manager.engine.on('upgrade', online)
  })
  chat.on('disconnect', () => {
    // Not active: the server has said goodbye, and this client stays away until it is told otherwise.
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
  }
}
