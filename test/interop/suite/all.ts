// Owns: the suites that every row of the matrix runs.
import { bulkSuite } from './bulk.js'
import { endpointsSuite } from './endpoints.js'
import { leavingSuite } from './leaving.js'
import { reconnectingSuite } from './reconnecting.js'
import type { Row } from './row.js'
import { talkingSuite } from './talking.js'

export function allSuites(row: Row): void {
  talkingSuite(row)
  bulkSuite(row)
  endpointsSuite(row)
  leavingSuite(row)
  reconnectingSuite(row)
}
