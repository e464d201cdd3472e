// Owns: the real client of Socket.IO 3 in Node: polling, websocket, and from one to the other.
import { allSuites } from './suite/all.js'
import { modernSuite } from './suite/modern.js'
import { modernNodeRows } from './suite/node-rows.js'

for (const row of modernNodeRows('3', ['express'])) {
  allSuites(row)
  modernSuite(row)
}
