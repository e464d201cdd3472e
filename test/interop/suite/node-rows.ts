// Owns: the rows of the clients in Node.
import type http from 'node:http'
import { nodeClient, type Generation } from '../../support/node-client.js'
import { startRestartable, type Listen } from '../../support/restartable.js'
import { faces, type Face } from '../../support/server.js'
import type { Row } from './row.js'
import { wordsOf } from './words.js'

/** The ways of the newer clients: one transport, or from one to the other. */
export const modernWays = ['polling', 'websocket', 'upgrade'] as const
export type ModernWay = (typeof modernWays)[number]

/** Where the servers are: on ports, or in memory, with the agent by which newer clients reach them. */
export interface Place {
  readonly name: string
  readonly listen?: Listen
  readonly agent?: http.Agent
}

const onPorts: Place = { name: 'in Node' }

export function nodeRows(
  transport: 'websocket' | 'xhr-polling',
  place = onPorts,
  over: readonly Face[] = faces,
): Row[] {
  return over.map((face) => ({
    name: `${transport} ${place.name} on ${face}`,
    transport,
    firstTransport: transport,
    words: wordsOf('0.9'),
    async open(t, namespaces, options) {
      const app = await startRestartable(t, namespaces, options, face, place.listen)
      return { app, client: nodeClient(t, app.url, transport) }
    },
  }))
}

export function modernNodeRows(generation: Exclude<Generation, '0.9'>, over: readonly Face[], place = onPorts): Row[] {
  return over.flatMap((face) =>
    modernWays.map((way) => ({
      name: `client ${generation} by ${way} ${place.name} on ${face}`,
      ...transportsOf(way),
      words: wordsOf(generation),
      async open(t, namespaces, options) {
        const app = await startRestartable(t, namespaces, options, face, place.listen)
        return { app, client: nodeClient(t, app.url, way, generation, place.agent) }
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
