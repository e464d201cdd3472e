// Owns: the connection: which client makes it, its state, and questions with their answers.
// Elsewhere: each client (client-09.js, client-4.js), what is said over it (chat.js).
import * as client09 from './client-09.js'
import * as client4 from './client-4.js'

const patience = 10_000

const clients = new Map([
  ['0.9', client09],
  ['4', client4],
])
const wanted = new URLSearchParams(location.search)

/** The generation of the client that the page's address asks for: 0.9, unless it says 4. */
export const chosenClient = clients.has(wanted.get('client')) ? wanted.get('client') : '0.9'

const client = clients.get(chosenClient)

/** What that client can be told to use. */
export const { transports } = client

/** The transport that the page's address asks for; anything else means that client and server choose. */
export const chosenTransport = transports.includes(wanted.get('transport')) ? wanted.get('transport') : 'auto'

/** What the server said no with; other errors are the connection's. */
export class Refused extends Error {}

// Neither client is a module. Only the one that is wanted is fetched, as both are called `io`.
function load(src) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = src
    script.addEventListener('load', resolve)
    script.addEventListener('error', () => reject(new Error(`${src} could not be loaded.`)))
    document.head.append(script)
  })
}

/**
 * Connects to the endpoint /chat. `changed` hears of every new state: { name: 'connecting' | 'online' | 'reconnecting' |
 * 'offline', transport, attempt, nextAt }.
 */
export async function connect(changed) {
  await load(client.script)
  const waiting = new Set()
  const lost = (next) => {
    for (const fail of waiting) fail(new Error('The connection was lost.'))
    changed(next)
  }
  const chat = client.open(chosenTransport, changed, lost)

  return {
    on: chat.on,
    /** Tells the server, or nobody when it is away. */
    tell: (event, ...args) => {
      if (chat.isConnected()) chat.emit(event, ...args)
    },
    /** Asks the server; rejects with a sentence for the user. */
    ask: (event, ...args) =>
      new Promise((resolve, reject) => {
        if (!chat.isConnected()) throw new Error('You are not connected.')
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
