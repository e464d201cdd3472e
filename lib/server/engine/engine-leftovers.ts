// Owns: what engine.io leaves on a websocket and its connection for as long as they live, and nobody needs (bench: memory).
// Elsewhere: what it is given of an upgrade (engine-request.ts).
import type { Duplex } from 'node:stream'

/**
 * Runs an upgrade of engine.io without what it is first to do: to listen for the end of the connection, for a response that
 * only its middleware would see, and there is none.
 */
export function upgradeLean(connection: Duplex, upgrade: () => void): void {
  const before = connection.listenerCount('close')
  upgrade()
  const listener = connection.rawListeners('close')[before]
  // Of once(): ws, which comes after it, listens with on().
  if (listener !== undefined && 'listener' in listener) connection.removeListener('close', listener as never)
}

/** Lets go of a listener for errors that came before there was a transport, which has its own. */
export function dropFirstErrorListener(transport: object): void {
  // Another engine than ws need not tell who listens.
  const websocket = Reflect.get(transport, 'socket') as Partial<Pick<Duplex, 'listeners'>> &
    Pick<Duplex, 'removeListener'>
  const [first, ...others] = websocket.listeners?.('error') ?? []
  // The only one that does not look at the error; its name may be a minifier's.
  if (first?.length === 0 && others.length > 0) websocket.removeListener('error', first as () => void)
}
