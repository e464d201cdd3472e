// Owns: the connection, through the Socket.IO 0.9 client: its state, and questions with their answers.
// Elsewhere: what is said over it (chat.js).
/* global io */

const patience = 10_000
const retryDelay = 2000

export const transports = ['websocket', 'xhr-polling', 'jsonp-polling']

/** What the server said no with; other errors are the connection's. */
export class Refused extends Error {}

/** The transport that the page's address asks for; anything else means that client and server choose. */
export function chosenTransport() {
  const wanted = new URLSearchParams(location.search).get('transport')
  return transports.includes(wanted) ? wanted : 'auto'
}

/**
 * Connects to the endpoint /chat. `changed` hears of every new state: { name: 'connecting' | 'online' | 'reconnecting' |
 * 'offline', transport, attempt, nextAt }.
 */
export function connect(changed) {
  // The 0.9 client merges the option `transports` into its defaults: only the defaults themselves can be narrowed.
  const wanted = chosenTransport()
  if (wanted !== 'auto') io.transports = [wanted]
  const chat = io.connect(`${location.origin}/chat`, {
    'reconnection limit': 4000,
    'max reconnection attempts': Infinity,
  })
  const client = chat.socket
  const waiting = new Set()
  let wasOnline = false

  const drop = (next) => {
    // What the client has not sent yet it would send when it is back, before the login. The user is told to send it again.
    client.buffer = []
    for (const fail of waiting) fail(new Error('The connection was lost.'))
    changed(next)
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
    /** Tells the server, or nobody when it is away. */
    tell: (event, ...args) => {
      if (client.connected) chat.emit(event, ...args)
    },
    /** Asks the server; rejects with a sentence for the user. */
    ask: (event, ...args) =>
      new Promise((resolve, reject) => {
        if (!client.connected) throw new Error('You are not connected.')
        const finish = () => {
          clearTimeout(timer)
          waiting.delete(fail)
        }
        const fail = (error) => {
          finish()
          reject(error)
        }
        const timer = setTimeout(() => fail(new Error('The server does not answer.')), patience)
        waiting.add(fail)
        chat.emit(event, ...args, (answer) => {
          if (answer.error !== undefined) return fail(new Refused(answer.error))
          finish()
          resolve(answer)
        })
      }),
  }
}
