// Owns: the real 0.9.17 client in Node over xhr-polling.
import { allSuites } from './suite/all.js'
import { nodeRows } from './suite/node-rows.js'

for (const row of nodeRows('xhr-polling')) allSuites(row)
