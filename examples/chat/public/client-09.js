// Owns: the Socket.IO 0.9.17 client behind the connection's words: its events become states.
// Elsewhere: which client is wanted, and questions with their answers (connection.js).
/* global io */

const retryDelay = 2000

export const script = '/socket.io/socket.io.js'
export const transports = ['websocket', 'xhr-polling', 'jsonp-polling']

/** Connects to the endpoint /chat; `changed` hears of states, `lost` of those in which nothing is answered any more. */
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
    // What the client has not sent yet it would send when it is back, before the login. The user is told to send it again.
    client.buffer = []
    lost(next)
  }

  chat.on('connect', () => {
    wasOnline = true
    changed({ name: 'online', transport: client.transport.name })
  })
  chat.on('disconnect', (reason) => {
    // "booted": the server has said goodbye, and this client stays away until it is told otherwise.
    drop({ name: reason === 'booted' ? 'offline' : 'reconnecting', attempt: 0 })
  })
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
  }
}
