// Owns: the rows of the clients in Node.
import { nodeClient, type Generation } from '../../support/node-client.js'
import { startRestartable } from '../../support/restartable.js'
import { faces, type Face } from '../../support/server.js'
import type { Row } from './row.js'
import { wordsOf } from './words.js'

/** The ways of the newer clients: one transport, or from one to the other. */
export const modernWays = ['polling', 'websocket', 'upgrade'] as const
export type ModernWay = (typeof modernWays)[number]

export function nodeRows(transport: 'websocket' | 'xhr-polling'): Row[] {
  return faces.map((face) => ({
    name: `${transport} in Node on ${face}`,
    transport,
    firstTransport: transport,
    words: wordsOf('0.9'),
    async open(t, namespaces, options) {
      const app = await startRestartable(t, namespaces, options, face)
      return { app, client: nodeClient(t, app.url, transport) }
    },
  }))
}

export function modernNodeRows(generation: Exclude<Generation, '0.9'>, over: readonly Face[]): Row[] {
  return over.flatMap((face) =>
    modernWays.map((way) => ({
      name: `client ${generation} by ${way} in Node on ${face}`,
      ...transportsOf(way),
      words: wordsOf(generation),
      async open(t, namespaces, options) {
        const app = await startRestartable(t, namespaces, options, face)
        return { app, client: nodeClient(t, app.url, way, generation) }
      },
    })),
  )
}

/** What a client that goes this way begins with, and settles on. */
export function transportsOf(way: ModernWay): Pick<Row, 'transport' | 'firstTransport'> {
  return {
    transport: way === 'polling' ? 'polling' : 'websocket',
    firstTransport: way === 'websocket' ? 'websocket' : 'polling',
  }
}
