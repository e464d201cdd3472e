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

/** The server refused what was asked; all other errors come from the connection. */
export class Refused extends Error {}

// Neither client is a module. Only the one that is wanted is fetched, as both are called `io`.
function load(src) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = src
    script.addEventListener('load', resolve)
    script.addEventListener('error', () =>
      reject(new Error(`The server did not send ${src}. Reload the page to try again.`)),
    )
    document.head.append(script)
  })
}

/**
 * Connects to the endpoint /chat. `changed` is called with every new state: { name: 'connecting' | 'online' | 'reconnecting' |
 * 'offline', transport, attempt, nextAt }. Rejects when the client's script cannot be loaded.
 */
export async function connect(changed) {
  await load(client.script)
  changed({ name: 'connecting' })
  const waiting = new Set()
  const lost = (next) => {
    for (const fail of waiting) fail(new Error('The connection was lost.'))
    changed(next)
  }
  const chat = client.open(chosenTransport, changed, lost)
  // A page that is closed leaves: otherwise the server would wait for it to come back.
  addEventListener('pagehide', () => chat.leave())
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())

  return {
    on: chat.on,
    isConnected: chat.isConnected,
    /** Sends an event, if there is a connection. */
    tell: (event, ...args) => {
      if (chat.isConnected()) chat.emit(event, ...args)
    },
    /** Sends an event and waits for its ack; rejects with a sentence for the user. */
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
        const timer = setTimeout(() => fail(new Error('The server did not answer.')), patience)
        waiting.add(fail)
        chat.emit(event, ...args, (answer) => {
          if (answer.error !== undefined) return fail(new Refused(answer.error))
          finish()
          resolve(answer)
        })
      }),
  }
}
