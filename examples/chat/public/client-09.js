// Owns: the Socket.IO 0.9.17 client behind one interface: its events become states.
// Elsewhere: which client is wanted, and questions with their answers (connection.js).
/* global io */

const retryDelay = 2000

export const script = '/socket.io/socket.io.js'
export const transports = ['websocket', 'xhr-polling', 'jsonp-polling']

/** Connects to the endpoint /chat; `changed` is called with new states, `lost` with those after which no ack comes. */
export function open(transport, changed, lost) {
  // This client merges the option `transports` into its defaults: only the defaults themselves can be narrowed.
  if (transport !== 'auto') io.transports = [transport]
  const chat = io.connect(`${location.origin}/chat`, {
    'reconnection limit': 4000,
    'max reconnection attempts': Infinity,
  })
  const client = chat.socket
  let wasOnline = false

  const drop = (next) => {
    // The client would send its queue after a reconnect, before the login. The page shows these messages as not delivered.
    client.buffer = []
    lost(next)
  }

  chat.on('connect', () => {
    wasOnline = true
    changed({ name: 'online', transport: client.transport.name })
  })
  chat.on('disconnect', (reason) => {
    // "booted": the server has disconnected this client, which does not reconnect by itself.
    drop({ name: reason === 'booted' ? 'offline' : 'reconnecting', attempt: 0 })
  })
  // This client would not notice for a minute that the network is gone.
  addEventListener('offline', () => client.onDisconnect('offline'))
  chat.on('reconnecting', (delay, attempt) => {
    changed({ name: 'reconnecting', attempt, nextAt: Date.now() + delay })
  })
  chat.on('reconnect_failed', () => drop({ name: 'offline' }))
  chat.on('connect_failed', () => drop({ name: 'offline' }))
  chat.on('error', () => {
    // The client comes back by itself, but only to where it has been once.
    if (wasOnline || client.connected || client.connecting) return
    changed({ name: 'connecting' })
    setTimeout(() => client.connect(), retryDelay)
  })

  return {
    on: (event, listener) => chat.on(event, listener),
    emit: (event, ...args) => chat.emit(event, ...args),
    isConnected: () => client.connected,
    leave: () => client.disconnect(),
  }
}
