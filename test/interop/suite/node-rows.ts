// Owns: the rows of the client in Node.
import { nodeClient } from '../../support/node-client.js'
import { startRestartable } from '../../support/restartable.js'
import { faces } from '../../support/server.js'
import type { Row } from './row.js'

export function nodeRows(transport: 'websocket' | 'xhr-polling'): Row[] {
  return faces.map((face) => ({
    name: `${transport} in Node on ${face}`,
    transport,
    async open(t, namespaces, options) {
      const app = await startRestartable(t, namespaces, options, face)
      return { app, client: nodeClient(t, app.url, transport) }
    },
  }))
}
