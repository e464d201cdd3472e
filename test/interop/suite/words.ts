// Owns: what the generations of clients say and hear differently.
import type { Generation } from '../../support/node-client.js'

/** An event of the client, and what its listeners get. */
export interface Told {
  readonly event: string
  readonly args: readonly unknown[]
}

export interface Words {
  readonly generation: Generation
  /** A ConnectError with this message and this data refused its connect to a namespace. */
  refused(message: string, data?: unknown): Told
  /** Something else was thrown there. */
  readonly failed: Told
  /** It asked for a namespace that is not declared. */
  unknown(endpoint: string): Told
  /** `authorize` refused it, when it began with this transport. */
  unauthorized(transport: string): Told
  /** Why it is disconnected when the server ends it. */
  readonly kicked: string
  /** Whether bytes arrive as bytes. */
  readonly hasBinary: boolean
  /** Whether it sends `auth` with its connect. */
  readonly hasAuth: boolean
}

const v09: Words = {
  generation: '0.9',
  refused: () => ({ event: 'connect_failed', args: ['unauthorized'] }),
  failed: { event: 'connect_failed', args: ['unauthorized'] },
  unknown: (endpoint) => ({
    event: 'error',
    args: ['no_such_namespace', `The endpoint you tried to connect to doesn't exist: ${endpoint}`],
  }),
  unauthorized: () => ({ event: 'error', args: ['handshake unauthorized'] }),
  kicked: 'booted',
  hasBinary: false,
  hasAuth: false,
}

// Its library does not look into an answer that is no success.
const unauthorized = (transport: string): Told => ({
  event: 'connect_error',
  args: [transport === 'websocket' ? 'websocket error' : 'xhr poll error'],
})

const v2: Words = {
  generation: '2',
  // One value: the data, if there is any.
  refused: (message, data) => ({ event: 'error', args: [data ?? message] }),
  failed: { event: 'error', args: ['connection refused'] },
  unknown: () => ({ event: 'error', args: ['Invalid namespace'] }),
  unauthorized,
  kicked: 'io server disconnect',
  hasBinary: true,
  hasAuth: false,
}

const v3: Words = {
  generation: '3',
  refused: (message, data) => ({ event: 'connect_error', args: data === undefined ? [message] : [message, data] }),
  failed: { event: 'connect_error', args: ['connection refused'] },
  unknown: () => ({ event: 'connect_error', args: ['Invalid namespace'] }),
  unauthorized,
  kicked: 'io server disconnect',
  hasBinary: true,
  hasAuth: true,
}

const words: Readonly<Record<Generation, Words>> = { '0.9': v09, '2': v2, '3': v3, '4': { ...v3, generation: '4' } }

export function wordsOf(generation: Generation): Words {
  return words[generation]
}
