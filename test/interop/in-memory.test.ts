// Owns: the real clients of every generation against servers that listen nowhere: what they see over TCP they see by the kit.
// Elsewhere: the same suites over TCP (websocket.test.ts, modern-4.test.ts and so on).
import { listenInMemory, netAgent } from '../support/memory-net.js'
import { allSuites } from './suite/all.js'
import { modernSuite } from './suite/modern.js'
import { modernNodeRows, nodeRows, type Place } from './suite/node-rows.js'

const inMemory: Place = { name: 'in memory', listen: listenInMemory, agent: netAgent }

for (const transport of ['websocket', 'xhr-polling'] as const) {
  for (const row of nodeRows(transport, inMemory)) allSuites(row)
}

for (const [generation, over] of [
  ['2', ['express']],
  ['3', ['express']],
  ['4', ['express', 'koa']],
] as const) {
  for (const row of modernNodeRows(generation, over, inMemory)) {
    allSuites(row)
    modernSuite(row)
  }
}
