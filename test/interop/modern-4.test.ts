// Owns: the real client of Socket.IO 4 in Node: polling, websocket, and from one to the other.
import { faces } from '../support/server.js'
import { allSuites } from './suite/all.js'
import { modernSuite } from './suite/modern.js'
import { modernNodeRows } from './suite/node-rows.js'

for (const row of modernNodeRows('4', faces)) {
  allSuites(row)
  modernSuite(row)
}
